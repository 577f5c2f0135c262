-- 满意度问卷：百分制得分；无效问卷（yx=0）保留但不计分。
SELECT 'myd_wj'                              AS source_table,
       m._key                                AS source_key,
       m.wjbh                                AS survey_id,
       CASE WHEN m.hzlb = '住院' THEN 'ZY-' ELSE 'MZ-' END || clean(m.jzh) AS visit_id,
       clean(m.hzlb)                         AS patient_class,
       clean(m.ks)                           AS department,
       clean(m.bq)                           AS ward,
       clean(m.ysgh)                         AS doctor,
       clean(m.yq)                           AS campus,
       clean(m.cfz)                          AS visit_type,
       clean(m.xb)                           AS gender,
       CAST(cn_number(m.nl) AS INT)          AS age_years,
       CAST(cn_time(m.jzrq) AS DATE)                       AS visit_date,
       cn_number(m.fs)                       AS score,
       clean(m.yx) = '1'                     AS valid,
       cn_time(m.tjsj)                       AS answered_at
FROM myd_wj m
