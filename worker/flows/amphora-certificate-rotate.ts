import { flow } from '../flow.ts';
import { guardCertificate, rotateCertificate } from '../steps/certificate.ts';

/** Gives an amphora's agent a new certificate before the old one expires. Traffic is not touched, no status changes. */
export const amphoraCertificateRotate = flow('amphora-certificate-rotate', [
  guardCertificate,
  rotateCertificate,
]);
