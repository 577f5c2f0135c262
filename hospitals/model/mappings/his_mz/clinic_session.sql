-- 出诊号源：一名医生一个出诊单元一行；急诊的单元没有固定医生。
SELECT 'YY_PBB'                              AS source_table,
       p._key                                AS source_key,
       'HB-' || p.HBH                        AS session_id,
       clean(p.KSDM)                         AS department,
       clean(p.YSDM)                         AS doctor,
       k.YQ                                  AS campus,
       cn_time(p.KSSJ)                       AS started_at,
       cn_time(p.JSSJ)                       AS ended_at,
       p.XHS                                 AS slots,
       p.YGS                                 AS used,
       CASE p.ZT WHEN '1' THEN '停诊' ELSE '正常' END AS status
FROM YY_PBB p
LEFT JOIN YY_KSBMK k ON k.ID = p.KSDM
