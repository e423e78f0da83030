import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from './echarts-canvas.ts';

// Only the parts that the lab draws with, so that the bundle carries no more.
use([BarChart, LineChart, GridComponent, CanvasRenderer]);

export type { EChartsType } from 'echarts/core';
export { init };
