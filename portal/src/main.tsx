import { createRoot } from 'react-dom/client'
import { App } from './app/App'
import './shared/i18n'
import './app/app.css'

createRoot(document.getElementById('root')!).render(<App />)
