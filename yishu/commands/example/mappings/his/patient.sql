-- 一个文件一条 SELECT：来源表 → 统一模型的 patient。name、id_card、phone 进标识库（加密），不进数据仓库。
SELECT ID AS local_id, 'BRXX' AS source_table, _key AS source_key,
       XM AS name, clean(SFZH) AS id_card, clean(DH) AS phone,
       CASE XB WHEN '1' THEN '男' WHEN '2' THEN '女' END AS gender, cn_date(CSRQ) AS birth_date
FROM BRXX
