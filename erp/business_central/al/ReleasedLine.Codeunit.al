// Not compiled, not run: written from Microsoft's documentation for Business Central 18.
// Reopen, change, release: what a released order refuses of its lines.
codeunit 50144 "Tidegate Released Line"
{
    procedure Change(Parameters: JsonObject; var Result: JsonObject)
    var
        Order: Record "Purchase Header";
        Line: Record "Purchase Line";
        Release: Codeunit "Release Purchase Document";
        WasReleased: Boolean;
    begin
        Order.Get(Order."Document Type"::Order, Read.TextOf(Parameters, 'orderNumber'));
        if Order.Status = Order.Status::"Pending Approval" then
            Order.TestField(Status, Order.Status::Released);
        WasReleased := Order.Status = Order.Status::Released;
        if WasReleased then
            Release.Reopen(Order);
        Line.Get(Order."Document Type", Order."No.", Read.IntegerOf(Parameters, 'lineNumber'));
        // The quantity brings the item's own cost along, so the agreed cost goes behind it.
        if Read.Has(Parameters, 'quantity') then
            Line.Validate(Quantity, Read.DecimalOf(Parameters, 'quantity'));
        if Read.Has(Parameters, 'directUnitCost') then
            Line.Validate("Direct Unit Cost", Read.DecimalOf(Parameters, 'directUnitCost'));
        if Read.Has(Parameters, 'expectedReceiptDate') then
            Line.Validate("Expected Receipt Date", Read.DateOf(Parameters, 'expectedReceiptDate', 0D));
        Line.Modify(true);
        if WasReleased then begin
            Order.Find();
            Release.Run(Order);
        end;
        Result.Add('orderNumber', Order."No.");
        Result.Add('lineNumber', Line."Line No.");
        Result.Add('quantity', Line.Quantity);
        Result.Add('directUnitCost', Line."Direct Unit Cost");
        Result.Add('expectedReceiptDate', Line."Expected Receipt Date");
        Result.Add('receivedQuantity', Line."Quantity Received");
    end;

    var
        Read: Codeunit "Tidegate Parameters";
}
