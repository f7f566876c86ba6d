// Not compiled, not run: written from Microsoft's documentation for Business Central 18.
// POST /ODataV4/CommandInbox_{Procedure}?company={id} {"commandId": "...", "json": "..."}
// answers {"value": "..."}. The row of a command and its effect are one transaction: an error undoes
// both, and a command id that is known is answered with the earlier result, and nothing is done.
codeunit 50140 "Tidegate Command Inbox"
{
    procedure PostReceipt(commandId: Text; json: Text): Text
    var
        Postings: Codeunit "Tidegate Order Postings";
        Result: JsonObject;
        Earlier: Text;
    begin
        if Began(commandId, 'PostReceipt', Earlier) then
            exit(Earlier);
        Postings.Receive(Parsed(json), Result);
        exit(Ended(commandId, Result));
    end;

    procedure PostReturn(commandId: Text; json: Text): Text
    var
        Postings: Codeunit "Tidegate Order Postings";
        Result: JsonObject;
        Earlier: Text;
    begin
        if Began(commandId, 'PostReturn', Earlier) then
            exit(Earlier);
        Postings.SendBack(Parsed(json), Result);
        exit(Ended(commandId, Result));
    end;

    procedure AdjustStock(commandId: Text; json: Text): Text
    var
        Stock: Codeunit "Tidegate Stock And Prices";
        Result: JsonObject;
        Earlier: Text;
    begin
        if Began(commandId, 'AdjustStock', Earlier) then
            exit(Earlier);
        Stock.Adjust(CopyStr(commandId, 1, 20), Parsed(json), Result);
        exit(Ended(commandId, Result));
    end;

    procedure SetPrices(commandId: Text; json: Text): Text
    var
        Stock: Codeunit "Tidegate Stock And Prices";
        Result: JsonObject;
        Earlier: Text;
    begin
        if Began(commandId, 'SetPrices', Earlier) then
            exit(Earlier);
        Stock.SetPrices(Parsed(json), Result);
        exit(Ended(commandId, Result));
    end;

    procedure ChangeReleasedLine(commandId: Text; json: Text): Text
    var
        Change: Codeunit "Tidegate Released Line";
        Result: JsonObject;
        Earlier: Text;
    begin
        if Began(commandId, 'ChangeReleasedLine', Earlier) then
            exit(Earlier);
        Change.Change(Parsed(json), Result);
        exit(Ended(commandId, Result));
    end;

    local procedure Began(CommandId: Text; ProcedureName: Text; var Earlier: Text): Boolean
    var
        Command: Record "Tidegate Command";
        Stream: InStream;
    begin
        if (CommandId = '') or (StrLen(CommandId) > MaxStrLen(Command."Command Id")) then
            Error(BadIdErr, MaxStrLen(Command."Command Id"));
        // Of two calls with one id the second waits here until the first one's end is known.
        Command.LockTable();
        if not Command.Get(CommandId) then begin
            Command.Init();
            Command."Command Id" := CopyStr(CommandId, 1, MaxStrLen(Command."Command Id"));
            Command."Procedure" := CopyStr(ProcedureName, 1, MaxStrLen(Command."Procedure"));
            Command.Insert();
            exit(false);
        end;
        if Command."Procedure" <> ProcedureName then
            Error(UsedErr, CommandId, Command."Procedure");
        Command.CalcFields(Result);
        Command.Result.CreateInStream(Stream, TextEncoding::UTF8);
        Stream.ReadText(Earlier);
        exit(true);
    end;

    local procedure Ended(CommandId: Text; var Result: JsonObject) Written: Text
    var
        Command: Record "Tidegate Command";
        Stream: OutStream;
    begin
        Result.Add('commandId', CommandId);
        Result.WriteTo(Written);
        Command.Get(CommandId);
        Command.Result.CreateOutStream(Stream, TextEncoding::UTF8);
        Stream.WriteText(Written);
        Command.Modify();
    end;

    local procedure Parsed(Json: Text) Parameters: JsonObject
    begin
        if not Parameters.ReadFrom(Json) then
            Error(NoJsonErr);
    end;

    var
        BadIdErr: Label 'The command id must have 1 to %1 characters.', Comment = '%1 = a number';
        UsedErr: Label 'Command %1 was used for %2.', Comment = '%1 = command id, %2 = procedure';
        NoJsonErr: Label 'The command is not a JSON object.';
}
