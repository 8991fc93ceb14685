import { isUuid } from '../../schema/uuid.ts';
import { type Answer, type ApiRequest, ok } from '../../http/request.ts';
