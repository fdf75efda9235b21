import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryDirectory } from '@net/testing';

/** A key and a certificate for 127.0.0.1 that nobody has signed, made now by openssl, and the file that it is in. */
export async function selfSigned(): Promise<{
  readonly key: string;
  readonly cert: string;
  readonly certFile: string;
}> {
  const directory = temporaryDirectory('self-signed');
  const keyFile = join(directory, 'key.pem');
  const certFile = join(directory, 'cert.pem');
  const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const of = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  await promisify(execFile)('openssl', [...make, ...of, '-keyout', keyFile, '-out', certFile]);
  return { key: await readFile(keyFile, 'utf8'), cert: await readFile(certFile, 'utf8'), certFile };
}
