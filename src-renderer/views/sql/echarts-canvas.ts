/** The part of the library of charts that paints. */
export { CanvasRenderer } from 'echarts/renderers';
