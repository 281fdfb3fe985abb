// Passes requests on as they are and counts them: count.mjs LISTEN TARGET FILE. The count is in FILE once it is told to end. Of a path it
// takes out the segment that plain.py made of a fragment: /assets/~transfer is asked for as /assets.
import net from 'node:net'
import fs from 'node:fs'

const [listen, target, file] = process.argv.slice(2)
let requests = 0
const server = net.createServer({ noDelay: true }, client => {
  const upstream = net.connect({ port: +target, host: '127.0.0.1', noDelay: true })
  let tail = ''
  client.on('data', bytes => {
    const text = tail + bytes.toString('latin1')
    const found = [...text.matchAll(/ HTTP\/1\.[01]\r\n/g)]
    requests += found.length
    const end = found.length ? found.at(-1).index + found.at(-1)[0].length : 0
    tail = text.slice(Math.max(end, text.length - 10))
    const plain = bytes.toString('latin1').replace(/^([A-Z]+ [^ ?\r\n]*)\/~[a-z_-]+(?=[? ])/gm, '$1')
    upstream.write(Buffer.from(plain, 'latin1'))
  })
  upstream.pipe(client)
  client.on('end', () => upstream.end())
  for (const [a, b] of [[client, upstream], [upstream, client]]) {
    a.on('error', () => b.destroy())
    a.on('close', () => b.destroy())
  }
})
server.listen(+listen, '127.0.0.1')
process.on('SIGTERM', () => {
  fs.writeFileSync(file, String(requests))
  process.exit()
})
