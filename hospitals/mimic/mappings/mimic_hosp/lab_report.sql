-- 检验报告：一个标本一份，发布时间取该标本最后一个结果入库的时刻。没有接收时间，周转时间因此留空。
WITH 标本 AS (
  SELECT specimen_id, min(CAST(labevent_id AS BIGINT)) AS 首行, any_value(subject_id) AS subject_id,
         max(hadm_id) AS hadm_id, min(CAST(charttime AS TIMESTAMP)) AS 采样, max(CAST(storetime AS TIMESTAMP)) AS 发布
  FROM labevents GROUP BY specimen_id
), 服务 AS (
  SELECT hadm_id, curr_service, CAST(transfertime AS TIMESTAMP) AS 起 FROM services
), 首服务 AS (
  SELECT hadm_id, arg_min(curr_service, transfertime) AS 首科 FROM services GROUP BY hadm_id
)
SELECT 'labevents'                           AS source_table,
       CAST(b.首行 AS VARCHAR)               AS source_key,
       'BG-' || b.specimen_id                AS report_id,
       b.specimen_id                         AS sample_id,
       'mimic_hosp'                          AS patient_source,
       b.subject_id                          AS patient_local_id,
       CASE WHEN b.hadm_id IS NOT NULL THEN '住院' END AS patient_class,
       coalesce(s.curr_service, f.首科)      AS department,
       'BIDMC'                               AS campus,
       b.发布                                AS published_at,
       1                                     AS version
FROM 标本 b
ASOF LEFT JOIN 服务 s ON s.hadm_id = b.hadm_id AND b.采样 >= s.起
LEFT JOIN 首服务 f ON f.hadm_id = b.hadm_id
