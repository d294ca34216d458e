const t = nodemailer.createTransport({ host: 'a', auth: { pass: 'Planted-5ecret' }
function (
