-- 手术操作：住院 ICD 操作与 HCPCS 操作合在一处，编码不同源，用 procedure_id 前缀分开。
WITH 科 AS (SELECT hadm_id, arg_max(curr_service, transfertime) AS 末科 FROM services GROUP BY hadm_id)
SELECT 'procedures_icd'                      AS source_table,
       o._key                                AS source_key,
       'CZ-' || o.hadm_id || '-' || o.seq_num AS procedure_id,
       'ZY-' || o.hadm_id                    AS stay_id,
       'mimic_hosp'                          AS patient_source,
       o.subject_id                          AS patient_local_id,
       f.末科                                AS department,
       CAST(o.seq_num AS INT)                AS seq,
       o.seq_num = '1'                       AS main,
       o.icd_code                            AS code,
       t.long_title                          AS name,
       CAST(o.chartdate AS TIMESTAMP)        AS performed_at
FROM procedures_icd o
LEFT JOIN d_icd_procedures t ON t.icd_code = o.icd_code AND t.icd_version = o.icd_version
LEFT JOIN 科 f ON f.hadm_id = o.hadm_id
UNION ALL
SELECT 'hcpcsevents', h._key,
       'HC-' || h.hadm_id || '-' || h.hcpcs_cd || '-' || h.seq_num, 'ZY-' || h.hadm_id,
       'mimic_hosp', h.subject_id, f.末科, CAST(h.seq_num AS INT), false,
       h.hcpcs_cd, h.short_description, CAST(h.chartdate AS TIMESTAMP)
FROM hcpcsevents h
LEFT JOIN 科 f ON f.hadm_id = h.hadm_id
