namespace Faultline.Litmus.Syntax;

/// <summary>Prints statements as they stand in cells.</summary>
internal static class StatementText
{
    public static string Of(LitmusTest test, Statement statement) =>
        OfAccess(test, statement) ?? OfFile(test, statement) ?? OfMap(test, statement) ?? OfOther(statement);

    private static string? OfAccess(LitmusTest test, Statement statement) => statement switch
    {
        LoadStatement load => $"r{load.Register} = {Word(Map(test, load.Source.Object), load.Source)}",
        StoreStatement store => $"{Word(Map(test, store.Target.Object), store.Target)} = {store.Value}",
        ReadStatement read => $"{Registers(read)} = read({WordOrPage(File(test, read.Source.Object), read.Source)})",
        WriteStatement write => $"write({WordOrPage(File(test, write.Target.Object), write.Target)}, {write.Value})",
        DirectReadStatement read => $"read_direct({WordOrPage(Map(test, read.Target.Object), read.Target)}, {read.Value})",
        ClwbStatement clwb => $"clwb({Word(Map(test, clwb.Target.Object), clwb.Target)})",
        _ => null,
    };

    private static string? OfFile(LitmusTest test, Statement statement) => statement switch
    {
        FsyncStatement sync => $"{(sync.IsDataOnly ? "fdatasync" : "fsync")}({File(test, sync.File)})",
        TruncateStatement truncate => $"ftruncate({File(test, truncate.File)}, {truncate.Size})",
        FallocateStatement allocate => $"fallocate({File(test, allocate.File)}[{allocate.Pages}]{FallocateModes.Suffix(allocate.Mode)})",
        ReflinkStatement link =>
            $"reflink({File(test, link.Source)}[{link.SourcePages}], {File(test, link.Target)}[{link.TargetPages}])",
        _ => null,
    };

    private static string? OfMap(LitmusTest test, Statement statement) => statement switch
    {
        DontNeedStatement { Page: { } page } advice => $"madvise({Map(test, advice.Map)}[{page}], DONTNEED)",
        DontNeedStatement advice => $"madvise({Map(test, advice.Map)}, DONTNEED)",
        HwPoisonStatement advice => $"madvise({Map(test, advice.Map)}[{advice.Page}], HWPOISON)",
        MsyncStatement sync => $"msync({Map(test, sync.Map)})",
        MunmapStatement unmap => $"munmap({Map(test, unmap.Map)})",
        MprotectStatement protect => $"mprotect({Map(test, protect.Map)}, {(protect.IsWritable ? "rw" : "r")})",
        _ => null,
    };

    private static string OfOther(Statement statement) => statement switch
    {
        ForkStatement fork => $"fork(P{fork.Thread})",
        DropCachesStatement => "drop_caches",
        SfenceStatement => "sfence",
        CrashStatement => "crash",
        RepeatStatement { Variable: { } variable } loop => $"repeat {loop.Count} as {variable} {{",
        RepeatStatement loop => $"repeat {loop.Count} {{",
        _ => throw new ArgumentOutOfRangeException(nameof(statement)),
    };

    private static string File(LitmusTest test, int file) => test.Files[file].Name;

    private static string Map(LitmusTest test, int map) => test.Maps[map].Name;

    /// <summary>Where a word is meant unless a page is: word 0 has no number.</summary>
    private static string Word(string name, Place place) =>
        place.Word == 0 ? $"{name}[{place.Page}]" : $"{name}[{place.Page}].{place.Word}";

    /// <summary>Where a page is meant unless a word is.</summary>
    private static string WordOrPage(string name, Place place) =>
        place.Word == Place.WholePage ? $"{name}[{place.Page}]" : $"{name}[{place.Page}].{place.Word}";

    private static string Registers(ReadStatement read) =>
        string.Join(", ", Enumerable.Range(read.Register, read.RegisterCount).Select(r => $"r{r}"));
}
