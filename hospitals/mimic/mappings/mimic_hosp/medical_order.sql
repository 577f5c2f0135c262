-- 住院医嘱：用药医嘱取 prescriptions（有药名、剂量、起止），其余取 poe。
-- 已由用药医嘱说明的 poe 行不再重复放入，按规则 told_by_prescription 计为不取。
WITH 首服务 AS (
  SELECT hadm_id, arg_min(curr_service, transfertime) AS 首科 FROM services GROUP BY hadm_id
), 服务 AS (
  SELECT hadm_id, curr_service, CAST(transfertime AS TIMESTAMP) AS 起 FROM services
), 有处方 AS (
  SELECT DISTINCT poe_id FROM prescriptions WHERE poe_id IS NOT NULL
), 全部 AS (
  SELECT 'prescriptions' AS source_table, r._key AS source_key, CAST(NULL AS VARCHAR) AS ignored,
         'RX-' || r._key AS order_id, r.subject_id, r.hadm_id, '药品' AS kind, CAST(NULL AS VARCHAR) AS term,
         r.drug AS name, concat_ws(' ', r.dose_val_rx, r.dose_unit_rx) AS dose, r.route,
         coalesce(CAST(r.starttime AS TIMESTAMP), CAST(h.entertime AS TIMESTAMP)) AS 起,
         CAST(r.stoptime AS TIMESTAMP) AS 止, h.status AS status, CAST(h.entertime AS TIMESTAMP) AS 录入
  FROM prescriptions r LEFT JOIN pharmacy h ON h.pharmacy_id = r.pharmacy_id
  UNION ALL
  SELECT 'poe', o._key, CASE WHEN p.poe_id IS NOT NULL THEN 'told_by_prescription' END,
         'PO-' || o.poe_id, o.subject_id, o.hadm_id,
         CASE WHEN o.order_type IN ('Medications', 'IV therapy', 'TPN') THEN '药品'
              WHEN o.order_type IN ('Lab', 'Blood Bank') THEN '检验'
              WHEN o.order_type IN ('Radiology', 'Cardiology', 'Neurology') THEN '检查'
              WHEN o.order_type IN ('General Care', 'Nutrition', 'Critical Care', 'Respiratory') THEN '护理'
              ELSE '其他' END,
         NULL, concat_ws(' / ', o.order_type, o.order_subtype), NULL, NULL,
         CAST(o.ordertime AS TIMESTAMP), NULL, concat_ws(' / ', o.transaction_type, o.order_status), CAST(o.ordertime AS TIMESTAMP)
  FROM poe o LEFT JOIN 有处方 p ON p.poe_id = o.poe_id
)
SELECT w.source_table, w.source_key, w.ignored,
       w.order_id                            AS order_id,
       'ZY-' || w.hadm_id                    AS stay_id,
       'mimic_hosp'                          AS patient_source,
       w.subject_id                          AS patient_local_id,
       coalesce(s.curr_service, f.首科)      AS department,
       w.term                                AS term,
       w.kind                                AS kind,
       w.name                                AS name,
       nullif(w.dose, '')                    AS dose,
       w.route                               AS route,
       w.起                                  AS started_at,
       w.止                                  AS stopped_at,
       nullif(w.status, '')                  AS status,
       w.录入                                AS recorded_at
FROM 全部 w
ASOF LEFT JOIN 服务 s ON s.hadm_id = w.hadm_id AND w.起 >= s.起
LEFT JOIN 首服务 f ON f.hadm_id = w.hadm_id
