import { BarChart, CustomChart, LineChart } from 'echarts/charts';
import { DatasetComponent, GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from './canvas.ts';

// Only the parts that the lab draws with, so that the bundle carries no more.
use([BarChart, CustomChart, LineChart, GridComponent, DatasetComponent, CanvasRenderer]);

export type { EChartsType } from 'echarts/core';
export { init };
