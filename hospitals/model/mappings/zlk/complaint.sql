-- 投诉：一件一行；sx=1 为有效投诉。
SELECT 'ts_dj'                               AS source_table,
       t._key                                AS source_key,
       t.tsbh                                AS complaint_id,
       clean(t.ks)                           AS department,
       clean(t.sx) = '1'                     AS valid,
       cn_time(t.slsj)                       AS received_at,
       cn_time(t.ybjsj)                      AS due_at,
       cn_time(t.bjsj)                       AS closed_at
FROM ts_dj t
