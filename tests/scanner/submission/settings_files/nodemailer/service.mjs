import nodemailer from 'nodemailer';
export const t = nodemailer.createTransport({ service: 'Hotmail', auth: { user: 'app@contoso.com', pass: 'Planted-5ecret' } });
