import * as sections from '#core/config/sections.ts';
import { renderSample } from './sample.ts';

process.stdout.write(renderSample(Object.values(sections)));
