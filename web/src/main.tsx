import './styles/base.css';
import './parts/card.css';
import { render } from 'preact';
import { App } from './app';
import { startClock } from './clock';
import { readHospital } from './hospital';
import { openOutbox } from './outbox';
import { applyPreferences } from './preferences';
import { openSession } from './session';
import { keepShell } from './shell-update';

applyPreferences();
startClock();
const root = document.getElementById('app');
if (root) render(<App />, root);
void openSession();
void openOutbox();
void readHospital();
keepShell();
