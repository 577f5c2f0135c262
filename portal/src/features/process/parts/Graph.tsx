import dagre from '@dagrejs/dagre'
import { Background, Controls, Handle, MarkerType, Position, ReactFlow, type Edge as FlowEdge, type Node as FlowNode, type NodeProps } from '@xyflow/react'
import '@xyflow/react/dist/style.css'
import { useMemo, type ReactNode } from 'react'
import { count } from '@/shared/format'
import type { Edge, Map as Drawing, Node } from '../door'
import { leaning, nameOf, slow, spanOf, thickness } from '../model'
import { useWords } from '../words'

const WIDE = 132
const HIGH = 46
const READABLE = 0.85

type Activity = FlowNode<{ label: string; count: number; took: string | null }, 'activity'>

function ActivityNode({ data }: NodeProps<Activity>) {
  return (
    <div className="flow-node">
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <strong>{data.label}</strong>
      <span>{count(data.count)}{data.took ? ` · ${data.took}` : ''}</span>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </div>
  )
}

const KINDS = { activity: ActivityNode }

interface GraphProps {
  nodes: Node[]
  edges: Edge[]
  chosen: string
  choose: (name: string) => void
  cases: number
  other: Drawing | null
  over?: (centres: ReadonlyMap<string, { x: number; y: number }>) => ReactNode
}

/** The directly-follows graph 流程图: laid out top down; a click on an edge opens what stands behind it. */
export function Graph({ nodes, edges, chosen, choose, cases, other, over }: GraphProps) {
  const t = useWords()
  const drawn = useMemo(() => {
    const graph = new dagre.graphlib.Graph({ multigraph: false })
    graph.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 46, marginx: 12, marginy: 12 })
    graph.setDefaultEdgeLabel(() => ({}))
    for (const node of nodes) graph.setNode(node.activity, { width: WIDE, height: HIGH })
    for (const edge of edges) if (edge.before !== edge.after) graph.setEdge(edge.before, edge.after, { weight: edge.count })
    dagre.layout(graph)
    const centres = new Map(nodes.map((node) => [node.activity, graph.node(node.activity) as unknown as { x: number; y: number }]))
    // as high as the drawing at a size that can be read; a long one makes the page longer instead of the words smaller
    return { centres, high: Math.min(1500, Math.max(420, (graph.graph().height ?? 0) * READABLE)) }
  }, [nodes, edges])
  const { centres } = drawn
  const most = Math.max(...edges.map((edge) => edge.count), 1)
  const worst = other ? new Set<string>() : slow(edges)
  const beside = new Map(other?.edges.map((edge) => [nameOf(edge), edge]) ?? [])
  const say = (seconds: number | null) => {
    const span = spanOf(seconds)
    return span ? t(span.unit, { n: span.n }) : null
  }
  const shown: Activity[] = nodes.map((node) => ({
    id: node.activity, type: 'activity', position: { x: (centres.get(node.activity)?.x ?? 0) - WIDE / 2, y: (centres.get(node.activity)?.y ?? 0) - HIGH / 2 },
    data: { label: node.activity, count: node.count, took: say(node.median_seconds) }, draggable: false, focusable: false, connectable: false, selectable: false, width: WIDE, height: HIGH,
  }))
  const lines: FlowEdge[] = edges.map((edge) => {
    const name = nameOf(edge)
    const lean = other ? leaning(edge, cases, beside.get(name), other.cases) : 'alike'
    const tone = name === chosen ? 'chosen' : worst.has(name) ? 'slow' : lean === 'alike' ? 'plain' : lean
    return {
      id: name, source: edge.before, target: edge.after, focusable: false, className: `flow-edge flow-${tone}`, label: [count(edge.count), say(edge.median_seconds)].filter(Boolean).join(' · '),
      style: { strokeWidth: thickness(edge.count, most) }, markerEnd: { type: MarkerType.ArrowClosed, width: 12, height: 12, color: `var(--${tone === 'chosen' || tone === 'more' ? 'primary' : tone === 'slow' ? 'warn' : 'ink-3'})` },
    }
  })
  return (
    <div className="flow" style={{ height: drawn.high }} role="group" aria-label={t('graph')}>
      <ReactFlow nodes={shown} edges={lines} nodeTypes={KINDS} onEdgeClick={(_, edge) => choose(edge.id)} nodesConnectable={false} nodesDraggable={false} nodesFocusable={false} edgesFocusable={false} elementsSelectable={false} minZoom={0.15} fitView fitViewOptions={{ padding: 0.05, minZoom: 0.35 }} zoomOnScroll={false} preventScrolling={false} proOptions={{ hideAttribution: true }}>
        <Background gap={24} />
        <Controls showInteractive={false} />
        {over?.(centres)}
      </ReactFlow>
    </div>
  )
}
