// The npm library vietnam-qr-pay, for comparison with ours. Run in the folder that holds node_modules.
//
//   node peer.mjs write   one JSON object with the values of a transfer per line in, its payload out
//   node peer.mjs bench   "name<TAB>nanoseconds": the best of several stretches, as our own program does

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { QRPay } = createRequire(`${process.cwd()}/`)("vietnam-qr-pay");

function write(given) {
  const code = QRPay.initVietQR({
    bankBin: given.bin,
    bankNumber: given.account,
    service: given.service,
    initMethod: given.initiation,
    amount: given.amount,
    purpose: given.texts[7],
  });
  code.category = given.category;
  code.merchant.name = given.name;
  code.city = given.city;
  code.zipCode = given.postal_code;
  const additional = code.additionalData;
  [
    additional.billNumber,
    additional.mobileNumber,
    additional.store,
    additional.loyaltyNumber,
    additional.reference,
    additional.customerLabel,
    additional.terminal,
  ] = given.texts;
  return code.build();
}

function best(task) {
  const times = 20_000;
  let best = Infinity;
  for (let stretch = 0; stretch < 15; stretch += 1) {
    const start = process.hrtime.bigint();
    for (let time = 0; time < times; time += 1) task();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / times);
  }
  return best.toFixed(0);
}

if (process.argv[2] === "bench") {
  const usual = () =>
    QRPay.initVietQR({
      bankBin: "970415",
      bankNumber: "113366668888",
      amount: "79000",
      purpose: "QH234567895V Le phi",
    }).build();
  const payload = usual();
  const read = () => new QRPay(payload);
  // Once for the compiler.
  best(usual);
  best(read);
  console.log(`write\t${best(usual)}`);
  console.log(`read\t${best(read)}`);
} else {
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(write(JSON.parse(line)));
  }
}
