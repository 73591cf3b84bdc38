// Required before a program: leaves its peak memory, in bytes, in the file that PROXYRULES_PEAK names.
const { writeFileSync } = require('node:fs');

process.on('exit', () => writeFileSync(process.env.PROXYRULES_PEAK, String(process.resourceUsage().maxRSS * 1024)));
