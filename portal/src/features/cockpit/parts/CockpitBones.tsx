import { Skeleton } from 'antd'

/** The cockpit's shape while it loads, so that nothing jumps when the figures come. */
export function CockpitBones() {
  return (
    <>
      <div className="strip panel bones-strip">
        <Skeleton active title={false} paragraph={{ rows: 1 }} />
      </div>
      <div className="cards">
        {Array.from({ length: 8 }, (_, at) => (
          <div key={at} className="card panel bones-card">
            <Skeleton active title={{ width: '40%' }} paragraph={{ rows: 4 }} />
          </div>
        ))}
      </div>
    </>
  )
}
