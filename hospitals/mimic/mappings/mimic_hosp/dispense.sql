-- 住院发药：一个 pharmacy_id 一行。没有国内药品目录可对，只存药名；发出数量只在源里写明时才有。
WITH 服务 AS (
  SELECT hadm_id, curr_service, CAST(transfertime AS TIMESTAMP) AS 起 FROM services
), 首服务 AS (
  SELECT hadm_id, arg_min(curr_service, transfertime) AS 首科 FROM services GROUP BY hadm_id
), 配发 AS (
  SELECT *, CAST(coalesce(verifiedtime, entertime, starttime) AS TIMESTAMP) AS 时刻 FROM pharmacy
)
SELECT 'pharmacy'                            AS source_table,
       h._key                                AS source_key,
       'FY-' || h.pharmacy_id                AS dispense_id,
       'ZY-' || h.hadm_id                    AS stay_id,
       'mimic_hosp'                          AS patient_source,
       h.subject_id                          AS patient_local_id,
       coalesce(s.curr_service, f.首科)      AS department,
       'BIDMC'                               AS campus,
       h.medication                          AS drug_name,
       TRY_CAST(h.fill_quantity AS DECIMAL(18,4)) AS quantity,
       h.时刻                                AS dispensed_at,
       CAST(h.entertime AS TIMESTAMP)        AS recorded_at
FROM 配发 h
ASOF LEFT JOIN 服务 s ON s.hadm_id = h.hadm_id AND h.时刻 >= s.起
LEFT JOIN 首服务 f ON f.hadm_id = h.hadm_id
