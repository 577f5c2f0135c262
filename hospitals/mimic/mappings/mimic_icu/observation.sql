-- 重症观测：体征、入量、入量成分、出量、操作、日期型记录合为一表，用 kind 分开；值一律保留原文。
WITH 全部 AS (
  SELECT 'chartevents_vitals_from_meds' AS 表, 'VS-' AS 前缀, '生命体征' AS kind, _key, subject_id, hadm_id, itemid,
         value AS 原文, valuenum AS 数, valueuom AS 单位, charttime AS 测, storetime AS 录
  FROM chartevents_vitals_from_meds
  UNION ALL SELECT 'inputevents', 'IN-', '入量', _key, subject_id, hadm_id, itemid, amount, amount, amountuom, starttime, storetime FROM inputevents
  UNION ALL SELECT 'ingredientevents', 'IG-', '入量成分', _key, subject_id, hadm_id, itemid, amount, amount, amountuom, starttime, storetime FROM ingredientevents
  UNION ALL SELECT 'outputevents', 'OU-', '出量', _key, subject_id, hadm_id, itemid, value, value, valueuom, charttime, storetime FROM outputevents
  UNION ALL SELECT 'procedureevents', 'PR-', '重症操作', _key, subject_id, hadm_id, itemid, value, value, valueuom, starttime, storetime FROM procedureevents
  UNION ALL SELECT 'datetimeevents', 'DT-', '日期型', _key, subject_id, hadm_id, itemid, value, NULL, valueuom, charttime, storetime FROM datetimeevents
)
SELECT o.表                                  AS source_table,
       o._key                                AS source_key,
       o.前缀 || o._key                      AS observation_id,
       'ZY-' || o.hadm_id                    AS stay_id,
       'mimic_hosp'                          AS patient_source,
       o.subject_id                          AS patient_local_id,
       o.kind                                AS kind,
       o.itemid                              AS item,
       d.label                               AS item_name,
       o.原文                                AS value_text,
       TRY_CAST(o.数 AS DECIMAL(18,4))       AS value,
       o.单位                                AS unit,
       CAST(o.测 AS TIMESTAMP)               AS observed_at,
       CAST(o.录 AS TIMESTAMP)               AS recorded_at
FROM 全部 o
LEFT JOIN d_items d ON d.itemid = o.itemid
