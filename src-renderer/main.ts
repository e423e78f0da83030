import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { connectionStatus, connectLab } from './client.ts';
import { provideLab } from './lab.ts';
import { startTheme } from './palette.ts';
import { startRouter } from './router.ts';
import { startKeys } from './use-commands.ts';
import './styles/tokens.css';
import './styles/base.css';

startTheme();
startRouter();
startKeys();
const app = createApp(App);
app.use(createPinia());
provideLab(app, connectLab(), connectionStatus);
app.mount('#app');
