-- 收费：一笔一行，退费为负；财务类别由字典取。
SELECT 'mz_charge'                           AS source_table,
       f._key                                AS source_key,
       'MZ-CM-' || f.line                  AS charge_id,
       'MZ-' || f.visit                    AS visit_id,
       'his_mz'                               AS patient_source,
       f.patient                             AS patient_local_id,
       '门急诊'                               AS patient_class,
       CASE WHEN y.YPDM IS NOT NULL THEN CASE y.YPLB WHEN '1' THEN '11' WHEN '2' THEN '12' WHEN '3' THEN '13' END ELSE coalesce(x.XMLB, '项目' || f.item) END AS fin_category,
       f.item                                AS item_code,
       f.name                                AS item_name,
       CASE WHEN y.YPDM IS NOT NULL THEN f.item END AS drug,
       f.department                          AS department,
       f.exec                                AS exec_department,
       f.visit_department                    AS visit_department,
       f.doctor                              AS doctor,
       k.YQ                              AS campus,
       f.insurance                           AS insurance_type,
       CASE f.sex WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender,
       age_at(TRY_CAST(f.born AS DATE), TRY_CAST(f.at AS TIMESTAMP)) AS age_years,
       TRY_CAST(f.quantity AS DECIMAL(18,4)) AS quantity,
       TRY_CAST(f.amount AS DECIMAL(18,2))   AS amount,
       TRY_CAST(f.at AS TIMESTAMP)           AS charged_at,
       TRY_CAST(f.at AS TIMESTAMP)           AS settled_at,
       TRY_CAST(f.amount AS DOUBLE) < 0      AS refund
FROM mz_charge f
LEFT JOIN YY_KSBMK k ON k.ID = f.department
LEFT JOIN YK_YPZD y ON y.YPDM = f.item
LEFT JOIN SF_XMZD x ON x.XMDM = f.item
