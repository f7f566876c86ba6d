// Not compiled, not run: written from Microsoft's documentation for Business Central 18.
codeunit 50141 "Tidegate Parameters"
{
    procedure Has(Parameters: JsonObject; Name: Text): Boolean
    var
        Token: JsonToken;
    begin
        if not Parameters.Get(Name, Token) then
            exit(false);
        exit(not Token.AsValue().IsNull());
    end;

    procedure TextOf(Parameters: JsonObject; Name: Text): Text
    begin
        if not Has(Parameters, Name) then
            exit('');
        exit(ValueOf(Parameters, Name).AsText());
    end;

    procedure DecimalOf(Parameters: JsonObject; Name: Text): Decimal
    begin
        exit(ValueOf(Parameters, Name).AsDecimal());
    end;

    procedure IntegerOf(Parameters: JsonObject; Name: Text): Integer
    begin
        exit(ValueOf(Parameters, Name).AsInteger());
    end;

    procedure DateOf(Parameters: JsonObject; Name: Text; Otherwise: Date): Date
    begin
        if TextOf(Parameters, Name) = '' then
            exit(Otherwise);
        exit(ValueOf(Parameters, Name).AsDate());
    end;

    procedure ListOf(Parameters: JsonObject; Name: Text): JsonArray
    var
        Token: JsonToken;
    begin
        if not Parameters.Get(Name, Token) then
            Error(MissingErr, Name);
        if Token.AsArray().Count() = 0 then
            Error(MissingErr, Name);
        exit(Token.AsArray());
    end;

    local procedure ValueOf(Parameters: JsonObject; Name: Text): JsonValue
    var
        Token: JsonToken;
    begin
        if not Parameters.Get(Name, Token) then
            Error(MissingErr, Name);
        exit(Token.AsValue());
    end;

    var
        MissingErr: Label '%1 is missing in the command.', Comment = '%1 = a name';
}
