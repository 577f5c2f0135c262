-- 病案首页：出院诊断、离院方式由住院行与首位诊断合成；公开数据没有费用。
SELECT 'admissions'                          AS source_table,
       a._key                                AS source_key,
       'ZY-' || a.hadm_id                    AS stay_id,
       'mimic_hosp'                          AS patient_source,
       a.subject_id                          AS patient_local_id,
       CAST(a.admittime AS TIMESTAMP)        AS admitted_at,
       CAST(a.dischtime AS TIMESTAMP)        AS discharged_at,
       f.末科                                AS department,
       u.末单元                              AS ward,
       'BIDMC'                               AS campus,
       CASE p.gender WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender,
       CAST(p.anchor_age AS INT) + year(CAST(a.admittime AS TIMESTAMP)) - CAST(p.anchor_year AS INT) AS age_years,
       greatest(1, date_diff('day', CAST(a.admittime AS DATE), CAST(a.dischtime AS DATE))) AS length_of_stay,
       CASE WHEN a.hospital_expire_flag = '1' THEN 'DIED' ELSE a.discharge_location END AS disposition,
       d.icd_code                            AS main_diagnosis,
       t.long_title                          AS main_diagnosis_name,
       o.hadm_id IS NOT NULL                 AS operated
FROM admissions a
LEFT JOIN patients p ON p.subject_id = a.subject_id
LEFT JOIN (SELECT hadm_id, arg_max(curr_service, transfertime) AS 末科 FROM services GROUP BY hadm_id) f ON f.hadm_id = a.hadm_id
LEFT JOIN (SELECT hadm_id, arg_max(careunit, intime) AS 末单元 FROM transfers
           WHERE eventtype IN ('admit', 'transfer') GROUP BY hadm_id) u ON u.hadm_id = a.hadm_id
LEFT JOIN diagnoses_icd d ON d.hadm_id = a.hadm_id AND d.seq_num = '1'
LEFT JOIN d_icd_diagnoses t ON t.icd_code = d.icd_code AND t.icd_version = d.icd_version
LEFT JOIN (SELECT DISTINCT hadm_id FROM procedures_icd) o ON o.hadm_id = a.hadm_id
