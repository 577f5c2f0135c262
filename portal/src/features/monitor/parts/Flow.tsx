import { useMemo } from 'react'
import { Chart, type ChartOption } from '@/shared/Chart'
import { flowOf, type Channel, type Link } from '../model'
import { useWords } from '../words'

/** The flow 流向 of today: producer → channel → table, as wide as its messages and rows. */
export function Flow({ links, channels }: { links: Link[]; channels: Channel[] }) {
  const t = useWords()
  const drawn = JSON.stringify(links)
  const option = useMemo<ChartOption>(() => {
    const flow = flowOf(JSON.parse(drawn) as Link[], channels)
    const shown = new Map(flow.nodes.map((node) => [node.name, node.shown]))
    const ink = getComputedStyle(document.body).color
    return {
      animation: false,
      tooltip: { trigger: 'item' },
      series: [{
        type: 'sankey', left: 8, right: 110, top: 8, bottom: 8, nodeGap: 12, nodeWidth: 14, draggable: false,
        data: flow.nodes.map((node) => ({ name: node.name })), links: flow.links,
        label: { color: ink, fontSize: 12, formatter: (one) => shown.get(one.name) ?? one.name },
        lineStyle: { color: 'source', opacity: 0.25, curveness: 0.5 },
      }],
    }
    // labels of channels do not change while the screen is open
  }, [drawn])
  return (
    <section className="panel">
      <h2>{t('flow')}</h2>
      <p className="monitor-say">{links.length ? t('flowSay') : t('noFlow')}</p>
      {links.length ? <Chart option={option} height={360} label={links.map((one) => `${one.from} → ${one.to} ${one.value}`).join('；')} /> : null}
    </section>
  )
}
