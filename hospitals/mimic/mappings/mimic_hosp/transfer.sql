-- 转移：一个 transfer_id 一行。急诊段（ED）发生在入院之前，不是转科转床，类型留空。
WITH 段 AS (
  SELECT t.*, CAST(t.intime AS TIMESTAMP) AS 时刻,
         lag(t.careunit) OVER (PARTITION BY t.subject_id, t.hadm_id ORDER BY t.intime, t.transfer_id) AS 前单元
  FROM transfers t
), 首服务 AS (
  SELECT hadm_id, arg_min(curr_service, transfertime) AS 首科 FROM services GROUP BY hadm_id
), 服务 AS (
  SELECT hadm_id, prev_service, curr_service, CAST(transfertime AS TIMESTAMP) AS 起 FROM services
)
SELECT 'transfers'                           AS source_table,
       d._key                                AS source_key,
       'ZK-' || d.transfer_id                AS transfer_id,
       'ZY-' || d.hadm_id                    AS stay_id,
       CASE d.eventtype WHEN 'admit' THEN '入院' WHEN 'transfer' THEN '转床' WHEN 'discharge' THEN '出院' END AS kind,
       CASE WHEN d.eventtype IN ('transfer', 'discharge') THEN coalesce(s.curr_service, f.首科) END AS from_department,
       CASE WHEN d.eventtype IN ('admit', 'transfer') THEN coalesce(s.curr_service, f.首科) END AS to_department,
       CASE WHEN d.hadm_id IS NOT NULL AND d.eventtype <> 'ED' THEN d.前单元 END AS from_ward,
       d.careunit                            AS to_ward,
       d.时刻                                AS moved_at
FROM 段 d
ASOF LEFT JOIN 服务 s ON s.hadm_id = d.hadm_id AND d.时刻 >= s.起
LEFT JOIN 首服务 f ON f.hadm_id = d.hadm_id
