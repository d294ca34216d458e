<?php
class Mailer
{
    private $host = 'x';
    public function send(): void
    {
        $server = 'outlook.office365.com';
        $this->mail->isSMTP();
        $this->mail->Host = $server;
        $this->mail->Username = 'app@contoso.com';
        $this->mail->Password = "Planted-5ecret";
    }
}
