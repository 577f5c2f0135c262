-- 住院：一个 ZYH 一行。出院时间取转科记录里的“出院”行：CYRQ 是事先填的预出院时间，不能当离院时间。
-- CYPB：0 在院，1 已开出院证明（人仍在院），8 出院，9 取消入院（保留，状态为取消）。
WITH 出科 AS (
  SELECT ZYH, max(cn_time(ZKSJ)) AS 出院 FROM ZY_ZKJL WHERE ZKLX = 9 GROUP BY ZYH
)
SELECT 'ZY_BRRY'                             AS source_table,
       r._key                                AS source_key,
       'ZY-' || r.ZYH                        AS stay_id,
       'his_zy'                              AS patient_source,
       CAST(r.BRID AS VARCHAR)               AS patient_local_id,
       cn_time(r.RYRQ)                       AS admitted_at,
       CASE WHEN r.CYPB = 8 THEN coalesce(c.出院, cn_time(r.CYRQ)) END AS discharged_at,
       CAST(r.RYKS AS VARCHAR)               AS admit_department,
       CAST(r.BRKS AS VARCHAR)               AS department,
       CAST(r.RYBQ AS VARCHAR)               AS admit_ward,
       CAST(r.BRBQ AS VARCHAR)               AS ward,
       clean(r.BRCH)                         AS bed,
       CAST(nullif(r.ZYYS, 0) AS VARCHAR)    AS doctor,
       k.YQ                                  AS campus,
       CAST(r.BRXZ AS VARCHAR)               AS insurance_type,
       CASE r.RYTJ WHEN 1 THEN '急诊' WHEN 2 THEN '门诊' WHEN 3 THEN '其他医疗机构转入' ELSE '其他' END AS admit_route,
       CASE r.CYPB WHEN 8 THEN '出院' WHEN 9 THEN '取消' ELSE '在院' END AS status,
       cn_time(r.DJSJ)                       AS recorded_at,
       CASE WHEN r.CYPB = 8 THEN
         greatest(1, date_diff('day', CAST(cn_time(r.RYRQ) AS DATE), CAST(coalesce(c.出院, cn_time(r.CYRQ)) AS DATE)))
       END                                   AS length_of_stay,
       age_at(coalesce(CAST(cn_time(r.CSNY) AS DATE), CASE WHEN id_card_valid(r.SFZH) THEN id_card_birth(r.SFZH) END),
              CAST(cn_time(r.RYRQ) AS DATE)) AS age_years,
       CASE WHEN r.BRXB = 1 THEN '男' WHEN r.BRXB = 2 THEN '女'
            WHEN id_card_valid(r.SFZH) THEN id_card_gender(r.SFZH) END AS gender,
       r.ZYH > 999999999                     AS newborn,
       CASE WHEN r.ZYH > 999999999 THEN 'newborn_with_mother' END AS ignored
FROM ZY_BRRY r
LEFT JOIN 出科 c ON c.ZYH = r.ZYH
LEFT JOIN GY_KSDM k ON k.KSDM = r.BRKS
