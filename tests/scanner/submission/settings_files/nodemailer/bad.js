const nodemailer = require("nodemailer");
const pass = "Planted-5ecret";
const transporter = nodemailer.createTransport({
  host: "smtp.office365.com",
  port: 465,
  secure: true,
  auth: { user: "app@contoso.com", pass },
  tls: { ciphers: "SSLv3", rejectUnauthorized: false, minVersion: "TLSv1" },
});
await transporter.sendMail({ from: '"App" <noreply@contoso.com>', to: "x@fabrikam.com" });
