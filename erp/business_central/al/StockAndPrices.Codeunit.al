// Not compiled, not run: written from Microsoft's documentation for Business Central 18.
codeunit 50143 "Tidegate Stock And Prices"
{
    procedure Adjust(Otherwise: Text; Parameters: JsonObject; var Result: JsonObject)
    var
        Item: Record Item;
        DocumentNo: Code[20];
        PostingDate: Date;
        Token: JsonToken;
        Row: JsonObject;
        Rows: JsonArray;
    begin
        DocumentNo := CopyStr(Read.TextOf(Parameters, 'documentNumber'), 1, 20);
        if DocumentNo = '' then
            DocumentNo := CopyStr(Otherwise, 1, 20);
        PostingDate := Read.DateOf(Parameters, 'postingDate', WorkDate());
        foreach Token in Read.ListOf(Parameters, 'lines') do begin
            GetItem(Token.AsObject(), Item);
            PostEntry(Item, Read.DecimalOf(Token.AsObject(), 'quantity'), DocumentNo, PostingDate, Parameters);
            Item.CalcFields(Inventory);
            Clear(Row);
            Row.Add('itemNumber', Item."No.");
            Row.Add('quantity', Read.DecimalOf(Token.AsObject(), 'quantity'));
            Row.Add('inventory', Item.Inventory);
            Rows.Add(Row);
        end;
        Result.Add('documentNumber', DocumentNo);
        Result.Add('postingDate', PostingDate);
        Result.Add('lines', Rows);
    end;

    procedure SetPrices(Parameters: JsonObject; var Result: JsonObject)
    var
        Item: Record Item;
        PriceList: Code[20];
        Price: Decimal;
        Token: JsonToken;
        Row: JsonObject;
        Rows: JsonArray;
    begin
        PriceList := CopyStr(Read.TextOf(Parameters, 'priceList'), 1, 20);
        foreach Token in Read.ListOf(Parameters, 'prices') do begin
            GetItem(Token.AsObject(), Item);
            Price := Read.DecimalOf(Token.AsObject(), 'unitPrice');
            if PriceList = '' then begin
                Item.Validate("Unit Price", Price);
                Item.Modify(true);
            end else
                KeepPrice(PriceList, Item, Price);
            Clear(Row);
            Row.Add('itemNumber', Item."No.");
            Row.Add('unitPrice', Price);
            Rows.Add(Row);
        end;
        if PriceList <> '' then
            Result.Add('priceList', PriceList);
        Result.Add('prices', Rows);
    end;

    local procedure PostEntry(Item: Record Item; Quantity: Decimal; DocumentNo: Code[20]; PostingDate: Date; Parameters: JsonObject)
    var
        Entry: Record "Item Journal Line";
        SourceCodes: Record "Source Code Setup";
        ItemJnlPostLine: Codeunit "Item Jnl.-Post Line";
    begin
        SourceCodes.Get();
        Entry.Init();
        Entry.Validate("Posting Date", PostingDate);
        Entry."Document No." := DocumentNo;
        Entry."Source Code" := SourceCodes."Item Journal";
        Entry."Entry Type" := Entry."Entry Type"::"Positive Adjmt.";
        if Quantity < 0 then
            Entry."Entry Type" := Entry."Entry Type"::"Negative Adjmt.";
        Entry.Validate("Item No.", Item."No.");
        Entry.Validate(Quantity, Abs(Quantity));
        Entry.Validate("Reason Code", CopyStr(Read.TextOf(Parameters, 'reasonCode'), 1, 10));
        ItemJnlPostLine.RunWithCheck(Entry);
    end;

    local procedure KeepPrice(PriceList: Code[20]; Item: Record Item; Price: Decimal)
    var
        Line: Record "Price List Line";
    begin
        Line.SetRange("Price List Code", PriceList);
        Line.SetRange("Asset Type", Line."Asset Type"::Item);
        Line.SetRange("Asset No.", Item."No.");
        // Only people may say to whom and from when a price holds: a list without the item is an error.
        Line.FindLast();
        Line.Validate("Unit Price", Price);
        Line.Modify(true);
    end;

    local procedure GetItem(Row: JsonObject; var Item: Record Item)
    begin
        Item.Get(CopyStr(Read.TextOf(Row, 'itemNumber'), 1, MaxStrLen(Item."No.")));
    end;

    var
        Read: Codeunit "Tidegate Parameters";
}
