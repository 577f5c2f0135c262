-- 收费：一笔一行，退费为负；财务类别由字典取。
SELECT 'zy_charge'                           AS source_table,
       f._key                                AS source_key,
       'ZY-FY-' || f.line                  AS charge_id,
       'ZY-' || CASE WHEN length(f.visit) > 9 THEN left(f.visit, length(f.visit) - 2) ELSE f.visit END                    AS stay_id,
       'his_zy'                               AS patient_source,
       f.patient                             AS patient_local_id,
       '住院'                               AS patient_class,
       CASE WHEN y.YPXH IS NOT NULL THEN CASE y.YPLX WHEN 1 THEN '11' WHEN 2 THEN '12' WHEN 3 THEN '13' END ELSE coalesce(CAST(x.FYLB AS VARCHAR), '项目' || f.item) END AS fin_category,
       f.item                                AS item_code,
       f.name                                AS item_name,
       CASE WHEN y.YPXH IS NOT NULL THEN f.item END AS drug,
       f.department                          AS department,
       f.exec                                AS exec_department,
       f.ward                                AS ward,
       f.doctor                              AS doctor,
       k.YQ                              AS campus,
       f.insurance                           AS insurance_type,
       CASE f.sex WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender,
       age_at(TRY_CAST(f.born AS DATE), TRY_CAST(f.at AS TIMESTAMP)) AS age_years,
       TRY_CAST(f.quantity AS DECIMAL(18,4)) AS quantity,
       TRY_CAST(f.amount AS DECIMAL(18,2))   AS amount,
       TRY_CAST(f.at AS TIMESTAMP)           AS charged_at,
       TRY_CAST(f.amount AS DOUBLE) < 0      AS refund
FROM zy_charge f
LEFT JOIN GY_KSDM k ON CAST(k.KSDM AS VARCHAR) = f.department
LEFT JOIN YK_TYPK y ON CAST(y.YPXH AS VARCHAR) = f.item
LEFT JOIN GY_FYXM x ON CAST(x.FYXH AS VARCHAR) = f.item
