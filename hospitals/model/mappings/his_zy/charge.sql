-- 住院费用：一行一笔（冲红为负）。收入按发生时间 FYRQ，不按录入时间；开单科室 KSDM，执行科室 ZXKS。
-- 项目字典里没有的项目号，财务类别写“项目号”本身，作为未对照代码列出来，不猜。
-- 随母新生儿（住院号十位）没有自己的住院行，记在母亲的住院号下。
WITH 病人 AS (
  SELECT ZYH, BRID, BRXZ, RYZD,
         CASE WHEN BRXB = 1 THEN '男' WHEN BRXB = 2 THEN '女'
              WHEN id_card_valid(SFZH) THEN id_card_gender(SFZH) END AS 性别,
         age_at(coalesce(CAST(cn_time(CSNY) AS DATE), CASE WHEN id_card_valid(SFZH) THEN id_card_birth(SFZH) END),
                CAST(cn_time(RYRQ) AS DATE)) AS 年龄
  FROM ZY_BRRY
), 结算 AS (
  SELECT ZYH, JSCS, max(cn_time(JSRQ)) AS 结算时间 FROM ZY_JSK WHERE FYHJ >= 0 GROUP BY ZYH, JSCS
)
SELECT 'ZY_FYMX'                             AS source_table,
       f._key                                AS source_key,
       'ZY-FY-' || f.JLXH                    AS charge_id,
       'ZY-' || CASE WHEN f.ZYH > 999999999 THEN f.ZYH // 100 ELSE f.ZYH END AS stay_id,
       'his_zy'                              AS patient_source,
       CAST(b.BRID AS VARCHAR)               AS patient_local_id,
       '住院'                                AS patient_class,
       CASE WHEN f.YPXH > 0 THEN CASE f.YPLX WHEN 1 THEN '11' WHEN 2 THEN '12' WHEN 3 THEN '13' END
            ELSE coalesce(CAST(x.FYLB AS VARCHAR), '项目' || f.FYXH) END AS fin_category,
       CAST(CASE WHEN f.YPXH > 0 THEN f.YPXH ELSE f.FYXH END AS VARCHAR) AS item_code,
       clean(f.FYMC)                         AS item_name,
       CAST(nullif(f.YPXH, 0) AS VARCHAR)    AS drug,
       CAST(nullif(f.KSDM, 0) AS VARCHAR)    AS department,
       CAST(nullif(f.ZXKS, 0) AS VARCHAR)    AS exec_department,
       CAST(nullif(f.BQDM, 0) AS VARCHAR)    AS ward,
       CAST(nullif(f.YSGH, 0) AS VARCHAR)    AS doctor,
       k.YQ                                  AS campus,
       CAST(b.BRXZ AS VARCHAR)               AS insurance_type,
       b.性别                                AS gender,
       b.年龄                                AS age_years,
       clean(b.RYZD)                         AS diagnosis,
       CAST(f.FYSL AS DECIMAL(18,4))         AS quantity,
       CAST(f.ZJJE AS DECIMAL(18,2))         AS amount,
       cn_time(f.FYRQ)                       AS charged_at,
       j.结算时间                            AS settled_at,
       cn_time(f.LRSJ)                       AS recorded_at,
       f.ZJJE < 0                            AS refund
FROM ZY_FYMX f
LEFT JOIN 病人 b ON b.ZYH = f.ZYH
LEFT JOIN GY_FYXM x ON x.FYXH = f.FYXH
LEFT JOIN GY_KSDM k ON k.KSDM = f.KSDM
LEFT JOIN 结算 j ON j.ZYH = f.ZYH AND j.JSCS = nullif(f.JSCS, 0)
