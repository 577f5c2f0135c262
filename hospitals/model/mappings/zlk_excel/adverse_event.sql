-- 不良事件：一件一行；发生与上报两个时间分开。
SELECT 'blsj'                                AS source_table,
       e._key                                AS source_key,
       e.sjbh                                AS event_id,
       clean(e.lx)                           AS kind,
       clean(e.jb)                           AS grade,
       'ZY-' || clean(e.zyh)                 AS stay_id,
       clean(e.ks)                           AS department,
       clean(e.bq)                           AS ward,
       cn_time(e.fssj)                       AS occurred_at,
       cn_time(e.sbsj)                       AS reported_at
FROM blsj e
