// Not compiled, not run: written from Microsoft's documentation for Business Central 18.
// The commands that were carried out, each with its result. Put it and the codeunits beside it into
// an extension of your own (object ids 50140..50144; change them where they are taken), and publish
// codeunit 50140 as a web service named CommandInbox. That turns on what API v2.0 cannot do.
table 50140 "Tidegate Command"
{
    DataClassification = CustomerContent;

    fields
    {
        field(1; "Command Id"; Code[50])
        {
        }
        field(2; "Procedure"; Text[50])
        {
        }
        field(3; "Result"; Blob)
        {
        }
    }

    keys
    {
        key(PK; "Command Id")
        {
            Clustered = true;
        }
    }
}
