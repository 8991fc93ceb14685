// A member: answers every request with its name.
import { createServer } from 'node:http';

const [address, port, name] = process.argv.slice(2);
createServer((_request, response) => response.end(name)).listen(Number(port), address);
