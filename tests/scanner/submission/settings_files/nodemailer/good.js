const nodemailer = require('nodemailer');
const transporter = nodemailer.createTransport({
  host: 'smtp.office365.com',
  port: 587,
  secure: false,
  requireTLS: true,
  auth: { type: 'OAuth2', user: 'app@contoso.com', accessToken: process.env.ACCESS_TOKEN },
});
transporter.sendMail({ from: 'app@contoso.com', to: 'someone@fabrikam.com', subject: 'x' });
