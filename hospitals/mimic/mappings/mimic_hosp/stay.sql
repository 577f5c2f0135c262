-- 住院：一个 hadm_id 一行。科室 = 收治服务的首末一条，病区 = 入院与出院前所在照护单元。
-- 美国的付费方式在国内医保类型里没有对应，不猜，故不取 insurance。
WITH 服务 AS (
  SELECT hadm_id, arg_min(curr_service, transfertime) AS 首科, arg_max(curr_service, transfertime) AS 末科
  FROM services GROUP BY hadm_id
), 单元 AS (
  SELECT hadm_id,
         arg_min(careunit, intime) FILTER (eventtype = 'admit') AS 首单元,
         arg_max(careunit, intime) FILTER (eventtype IN ('admit', 'transfer')) AS 末单元
  FROM transfers WHERE hadm_id IS NOT NULL GROUP BY hadm_id
)
SELECT 'admissions'                          AS source_table,
       a._key                                AS source_key,
       'ZY-' || a.hadm_id                    AS stay_id,
       'mimic_hosp'                          AS patient_source,
       a.subject_id                          AS patient_local_id,
       CAST(a.admittime AS TIMESTAMP)        AS admitted_at,
       CAST(a.dischtime AS TIMESTAMP)        AS discharged_at,
       f.首科                                AS admit_department,
       f.末科                                AS department,
       u.首单元                              AS admit_ward,
       u.末单元                              AS ward,
       'BIDMC'                               AS campus,
       CASE WHEN a.admission_location = 'EMERGENCY ROOM' THEN '急诊'
            WHEN a.admission_location LIKE 'TRANSFER FROM%' THEN '其他医疗机构转入'
            WHEN a.admission_location IN ('CLINIC REFERRAL', 'PHYSICIAN REFERRAL', 'WALK-IN/SELF REFERRAL') THEN '门诊'
            ELSE '其他' END                  AS admit_route,
       a.admission_type                      AS admit_type,
       '出院'                                AS status,
       greatest(1, date_diff('day', CAST(a.admittime AS DATE), CAST(a.dischtime AS DATE))) AS length_of_stay,
       CAST(p.anchor_age AS INT) + year(CAST(a.admittime AS TIMESTAMP)) - CAST(p.anchor_year AS INT) AS age_years,
       CASE p.gender WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender,
       false                                 AS newborn
FROM admissions a
LEFT JOIN patients p ON p.subject_id = a.subject_id
LEFT JOIN 服务 f ON f.hadm_id = a.hadm_id
LEFT JOIN 单元 u ON u.hadm_id = a.hadm_id
