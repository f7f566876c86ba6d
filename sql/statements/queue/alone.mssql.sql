-- What stands before `queue/settle` where one event's effect is a procedure of the user's in the same
-- transaction. It takes two more parameters: @P3, what the procedure is handed, and @P4, its name.
-- The transaction is two deep, so that a COMMIT of the procedure's own commits nothing; the witness
-- tells, where none of it is left, whether the procedure committed both or rolled them back.
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @returned int, @call nvarchar(600) =
    N'EXEC @returned = ' + QUOTENAME(PARSENAME(@P4, 2)) + N'.' + QUOTENAME(PARSENAME(@P4, 1))
    + N' @argument';
CREATE TABLE #tidegate_witness (n int NOT NULL);
BEGIN TRANSACTION;
BEGIN TRANSACTION;
INSERT INTO #tidegate_witness (n) VALUES (1);
BEGIN TRY
    EXEC sp_executesql @call, N'@returned int OUTPUT, @argument nvarchar(max)', @returned OUTPUT,
                       @P3;
END TRY
BEGIN CATCH
    IF @@TRANCOUNT > 0
        ROLLBACK;
    IF EXISTS (SELECT 1 FROM #tidegate_witness)
    BEGIN;
        THROW 51001, 'tidegate.alone committed', 1;
    END;
    THROW;
END CATCH;
IF @@TRANCOUNT <> 2 OR XACT_STATE() <> 1
BEGIN
    IF @@TRANCOUNT > 0
        ROLLBACK;
    IF EXISTS (SELECT 1 FROM #tidegate_witness)
    BEGIN;
        THROW 51001, 'tidegate.alone committed', 1;
    END;
    THROW 51001, 'tidegate.alone undone', 1;
END;
IF @returned <> 0
BEGIN
    ROLLBACK;
    THROW 51001, 'tidegate.alone returned', 1;
END;
DROP TABLE #tidegate_witness;
COMMIT;
