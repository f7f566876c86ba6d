// Not compiled, not run: written from Microsoft's documentation for Business Central 18.
// Posting must not commit by itself, or a command's effect could outlive its row.
codeunit 50142 "Tidegate Order Postings"
{
    procedure Receive(Parameters: JsonObject; var Result: JsonObject)
    var
        Order: Record "Purchase Header";
        Line: Record "Purchase Line";
        PurchPost: Codeunit "Purch.-Post";
        Token: JsonToken;
    begin
        Order.Get(Order."Document Type"::Order, Read.TextOf(Parameters, 'orderNumber'));
        if Order.Status = Order.Status::"Pending Approval" then
            Order.TestField(Status, Order.Status::Released);
        ClearQuantities(Order);
        foreach Token in Read.ListOf(Parameters, 'lines') do begin
            GetLine(Order, Token.AsObject(), Line);
            Line.Validate("Qty. to Receive", Line."Qty. to Receive" + Quantity(Token.AsObject()));
            Line.Modify(true);
        end;
        Order.Validate("Posting Date", Read.DateOf(Parameters, 'postingDate', WorkDate()));
        Order."Vendor Shipment No." :=
            CopyStr(Read.TextOf(Parameters, 'vendorShipmentNumber'), 1, MaxStrLen(Order."Vendor Shipment No."));
        Order.Receive := true;
        Order.Ship := false;
        Order.Invoice := false;
        Order.Modify(true);
        PurchPost.SetSuppressCommit(true);
        PurchPost.Run(Order);
        Result.Add('documentNumber', Order."Last Receiving No.");
        Tell(Order, Parameters, Result);
    end;

    procedure SendBack(Parameters: JsonObject; var Result: JsonObject)
    var
        Order: Record "Purchase Header";
        Return: Record "Purchase Header";
        Line: Record "Purchase Line";
        PurchPost: Codeunit "Purch.-Post";
        Token: JsonToken;
    begin
        Order.Get(Order."Document Type"::Order, Read.TextOf(Parameters, 'orderNumber'));
        Return.Init();
        Return."Document Type" := Return."Document Type"::"Return Order";
        Return.Insert(true);
        Return.Validate("Buy-from Vendor No.", Order."Buy-from Vendor No.");
        Return.Validate("Currency Code", Order."Currency Code");
        Return.Validate("Posting Date", Read.DateOf(Parameters, 'postingDate', WorkDate()));
        Return.Validate("Reason Code", CopyStr(Read.TextOf(Parameters, 'reasonCode'), 1, 10));
        Return."Vendor Authorization No." :=
            CopyStr(Read.TextOf(Parameters, 'vendorAuthorizationNumber'), 1, MaxStrLen(Return."Vendor Authorization No."));
        Return.Ship := true;
        Return.Receive := false;
        Return.Invoice := false;
        Return.Modify(true);
        foreach Token in Read.ListOf(Parameters, 'lines') do begin
            GetLine(Order, Token.AsObject(), Line);
            AddReturnLines(Return, Line, Quantity(Token.AsObject()));
        end;
        PurchPost.SetSuppressCommit(true);
        PurchPost.Run(Return);
        Result.Add('documentNumber', Return."Last Return Shipment No.");
        Tell(Order, Parameters, Result);
    end;

    local procedure AddReturnLines(Return: Record "Purchase Header"; Line: Record "Purchase Line"; Wanted: Decimal)
    var
        Received: Record "Purch. Rcpt. Line";
        Entry: Record "Item Ledger Entry";
        Back: Record "Purchase Line";
        Left: Decimal;
        Part: Decimal;
    begin
        Left := Wanted;
        Received.SetRange("Order No.", Line."Document No.");
        Received.SetRange("Order Line No.", Line."Line No.");
        if Received.FindSet() then
            repeat
                Part := 0;
                if Entry.Get(Received."Item Rcpt. Entry No.") then
                    Part := Minimum(Left, Entry."Remaining Quantity" / Received."Qty. per Unit of Measure");
                if Part > 0 then begin
                    Back.Init();
                    Back."Document Type" := Return."Document Type";
                    Back."Document No." := Return."No.";
                    Back."Line No." := NextLineNo(Return);
                    Back.Insert(true);
                    Back.Validate(Type, Received.Type);
                    Back.Validate("No.", Received."No.");
                    Back.Validate("Variant Code", Received."Variant Code");
                    Back.Validate("Location Code", Received."Location Code");
                    Back.Validate("Unit of Measure Code", Received."Unit of Measure Code");
                    Back.Validate(Quantity, Part);
                    Back.Validate("Direct Unit Cost", Received."Direct Unit Cost");
                    Back.Validate("Appl.-to Item Entry", Received."Item Rcpt. Entry No.");
                    Back.Validate("Return Qty. to Ship", Part);
                    Back.Modify(true);
                    Left -= Part;
                end;
            until (Received.Next() = 0) or (Left = 0);
        if Left > 0 then
            Error(TooMuchErr, Wanted - Left);
    end;

    local procedure NextLineNo(Return: Record "Purchase Header"): Integer
    var
        Last: Record "Purchase Line";
    begin
        Last.SetRange("Document Type", Return."Document Type");
        Last.SetRange("Document No.", Return."No.");
        if Last.FindLast() then
            exit(Last."Line No." + 10000);
        exit(10000);
    end;

    local procedure ClearQuantities(Order: Record "Purchase Header")
    var
        Line: Record "Purchase Line";
    begin
        Line.SetRange("Document Type", Order."Document Type");
        Line.SetRange("Document No.", Order."No.");
        if Line.FindSet(true) then
            repeat
                Line.Validate("Qty. to Receive", 0);
                Line.Modify(true);
            until Line.Next() = 0;
    end;

    local procedure GetLine(Order: Record "Purchase Header"; Row: JsonObject; var Line: Record "Purchase Line")
    begin
        Line.Get(Order."Document Type", Order."No.", Read.IntegerOf(Row, 'lineNumber'));
    end;

    local procedure Quantity(Row: JsonObject): Decimal
    begin
        if Read.DecimalOf(Row, 'quantity') <= 0 then
            Error(NotPositiveErr);
        exit(Read.DecimalOf(Row, 'quantity'));
    end;

    local procedure Tell(Order: Record "Purchase Header"; Parameters: JsonObject; var Result: JsonObject)
    var
        Line: Record "Purchase Line";
        Token: JsonToken;
        Row: JsonObject;
        Rows: JsonArray;
    begin
        foreach Token in Read.ListOf(Parameters, 'lines') do begin
            GetLine(Order, Token.AsObject(), Line);
            Clear(Row);
            Row.Add('lineNumber', Line."Line No.");
            Row.Add('quantity', Read.DecimalOf(Token.AsObject(), 'quantity'));
            Row.Add('receivedQuantity', Line."Quantity Received");
            Row.Add('outstandingQuantity', Line."Outstanding Quantity");
            Rows.Add(Row);
        end;
        Result.Add('orderNumber', Order."No.");
        Result.Add('lines', Rows);
    end;

    local procedure Minimum(A: Decimal; B: Decimal): Decimal
    begin
        if A < B then
            exit(A);
        exit(B);
    end;

    var
        Read: Codeunit "Tidegate Parameters";
        TooMuchErr: Label 'You cannot return more than %1 units.', Comment = '%1 = a quantity';
        NotPositiveErr: Label 'quantity must be positive.';
}
