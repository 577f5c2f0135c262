-- 诊断：ICD-9 与 ICD-10 两版并存，版本随行保存，不互相换算。
SELECT 'diagnoses_icd'                       AS source_table,
       d._key                                AS source_key,
       'ZD-' || d.hadm_id || '-' || d.seq_num AS diagnosis_id,
       'ZY-' || d.hadm_id                    AS stay_id,
       'mimic_hosp'                          AS patient_source,
       d.subject_id                          AS patient_local_id,
       f.末科                                AS department,
       CAST(d.seq_num AS INT)                AS seq,
       d.seq_num = '1'                       AS main,
       d.icd_code                            AS code,
       t.long_title                          AS name,
       'ICD-' || d.icd_version               AS edition,
       CAST(a.dischtime AS TIMESTAMP)        AS noted_at
FROM diagnoses_icd d
LEFT JOIN admissions a ON a.hadm_id = d.hadm_id
LEFT JOIN d_icd_diagnoses t ON t.icd_code = d.icd_code AND t.icd_version = d.icd_version
LEFT JOIN (SELECT hadm_id, arg_max(curr_service, transfertime) AS 末科 FROM services GROUP BY hadm_id) f ON f.hadm_id = d.hadm_id
