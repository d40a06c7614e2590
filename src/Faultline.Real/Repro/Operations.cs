using Faultline.Kernel.Programs;
using Faultline.Litmus.Syntax;
using Faultline.Real.Histograms;

namespace Faultline.Real.Repro;

/// <summary>Statements of the language as C: real system calls where one line will do, the fragments' functions else.</summary>
/// <param name="test">The test.</param>
/// <param name="geometry">Where its pages lie.</param>
internal sealed class Operations(LitmusTest test, Geometry geometry)
{
    private readonly List<int> directValues = [.. test.Statements.OfType<DirectReadStatement>().Select(r => r.Value).Distinct()];

    /// <summary>The values that <c>read_direct</c> finds in its source, a page each.</summary>
    public IReadOnlyList<int> DirectValues => directValues;

    /// <summary>Real pages of the longest write(2) of a page.</summary>
    public long LongestWrite => test.Statements.OfType<WriteStatement>().Where(w => w.Target.Word == Place.WholePage)
        .Select(w => w.Target.Page.Variable is null ? geometry.Length(w.Target.Page.Number, 1) : geometry.Length(2, 1)).DefaultIfEmpty(1).Max();

    /// <summary>The fragments that the statements need, in the order in which C wants them.</summary>
    public IReadOnlyList<string> Fragments
    {
        get
        {
            HashSet<string> needed = [.. test.Statements.SelectMany(Needs)];
            string[] order =
            [
                "load", "store", "clwb", "sfence", "check", "may_refuse", "read_word", "read_page", "write_word", "write_pages", "read_direct",
                "reflink", "insert", "poison", "drop_caches", "fork",
            ];
            return [.. order.Where(needed.Contains)];
        }
    }

    /// <summary>The C statement; null where there is none.</summary>
    public string? Code(Statement statement) => statement switch
    {
        _ when !geometry.Fits(statement) => null,
        LoadStatement load => $"load({Address(load.Source)}, &r{load.Register});",
        StoreStatement store => $"store({Address(store.Target)}, {Operand(store.Value)});",
        ClwbStatement clwb => $"write_back_line({Address(clwb.Target)});",
        SfenceStatement => "store_fence();",
        DropCachesStatement => "drop_caches();",
        ForkStatement fork => $"fork_thread({fork.Thread}, {Text(fork)});",
        HwPoisonStatement poison => $"poison({geometry.Address(Map(poison.Map).Name, poison.Page, 0)}, {Text(poison)});",
        CrashStatement or RepeatStatement => null,
        _ => OfFile(statement) ?? OfMap(statement) ?? throw new ArgumentOutOfRangeException(nameof(statement)),
    };

    private string? OfFile(Statement statement) => statement switch
    {
        ReadStatement { RegisterCount: > 1 } read =>
            $"read_page({File(read.Source.Object)}, {Offset(read.Source)}, &r{read.Register}, &r{read.Register + 1}, {Text(read)});",
        ReadStatement read => $"read_word({File(read.Source.Object)}, {Offset(read.Source)}, &r{read.Register}, {Text(read)});",
        WriteStatement { Target.Word: Place.WholePage } write =>
            $"write_pages({File(write.Target.Object)}, {Offset(write.Target)}, {PageSize(write.Target.Page)}, {Operand(write.Value)}, {Text(write)});",
        WriteStatement write => $"write_word({File(write.Target.Object)}, {Offset(write.Target)}, {Operand(write.Value)}, {Text(write)});",
        FsyncStatement sync => $"check({(sync.IsDataOnly ? "fdatasync" : "fsync")}({File(sync.File)}), {Text(sync)});",
        TruncateStatement truncate => $"check(ftruncate({File(truncate.File)}, {Geometry.Bytes(geometry.Start(truncate.Size))}), {Text(truncate)});",
        FallocateStatement { Mode: FallocateMode.InsertRange } insert =>
            $"insert_range({Range(insert)}, {Geometry.Bytes(geometry.Start(test.Files[insert.File].PageCount))}, {Text(insert)});",
        FallocateStatement { Mode: FallocateMode.CollapseRange } collapse =>
            $"may_refuse(fallocate({Range(collapse, "FALLOC_FL_COLLAPSE_RANGE")}), EINVAL, {Text(collapse)});",
        FallocateStatement allocate => $"check(fallocate({Range(allocate, Flags(allocate.Mode))}), {Text(allocate)});",
        ReflinkStatement link =>
            $"reflink({File(link.Source)}, {geometry.Offset(link.SourcePages.First, 0)}, {geometry.Size(link.SourcePages)}, "
            + $"{File(link.Target)}, {geometry.Offset(link.TargetPages.First, 0)}, {Text(link)});",
        _ => null,
    };

    private string? OfMap(Statement statement) => statement switch
    {
        DirectReadStatement read => $"read_direct({geometry.Address(Map(read.Target.Object).Name, read.Target.Page, read.Target.Word)}, "
            + $"{(read.Target.Word < 0 ? PageSize(read.Target.Page, limit: 1) : "SECTOR")}, {Geometry.Bytes(directValues.IndexOf(read.Value))}, "
            + $"{Signal(read.Target.Object)}, {Text(read)});",
        DontNeedStatement { Page: { } page } advice =>
            OnMap(advice.Map, $"madvise({geometry.Address(Map(advice.Map).Name, page, 0)}, {PageSize(page)}, MADV_DONTNEED)", advice),
        DontNeedStatement advice => OnMap(advice.Map, $"madvise({Whole(advice.Map)}, MADV_DONTNEED)", advice),
        MsyncStatement sync => OnMap(sync.Map, $"msync({Whole(sync.Map)}, MS_SYNC)", sync),
        MunmapStatement unmap => OnMap(unmap.Map, $"munmap({Whole(unmap.Map)})", unmap),
        MprotectStatement protect =>
            OnMap(protect.Map, $"mprotect({Whole(protect.Map)}, {(protect.IsWritable ? "PROT_READ | PROT_WRITE" : "PROT_READ")})", protect),
        _ => null,
    };

    // ENOMEM: another thread's munmap() came first.
    private string OnMap(int map, string call, Statement statement) =>
        test.Statements.Any(s => s is MunmapStatement unmap && unmap.Map == map) && statement is not MunmapStatement
            ? $"may_refuse({call}, ENOMEM, {Text(statement)});"
            : $"check({call}, {Text(statement)});";

    private IEnumerable<string> Needs(Statement statement) => Code(statement) is not { } code ? [] : statement switch
    {
        LoadStatement => ["load"],
        StoreStatement => ["store"],
        ClwbStatement => ["clwb"],
        SfenceStatement => ["sfence"],
        ReadStatement { RegisterCount: > 1 } => ["check", "read_page"],
        ReadStatement => ["check", "read_word"],
        WriteStatement { Target.Word: Place.WholePage } => ["check", "write_pages"],
        WriteStatement => ["check", "write_word"],
        DirectReadStatement => ["check", "read_direct"],
        ReflinkStatement => ["check", "may_refuse", "reflink"],
        FallocateStatement { Mode: FallocateMode.InsertRange } => ["check", "may_refuse", "insert"],
        HwPoisonStatement => ["check", "poison"],
        DropCachesStatement => ["check", "drop_caches"],
        ForkStatement => ["check", "fork"],
        _ when code.StartsWith("may_refuse", StringComparison.Ordinal) => ["check", "may_refuse"],
        _ => ["check"],
    };

    private string PageSize(PageIndex page, long limit = long.MaxValue) => page.Variable is null
        ? Geometry.Bytes(Math.Min(limit, geometry.Length(page.Number, 1)))
        : limit == 1 || !geometry.IsSpread ? "PAGE" : geometry.Size(new PageRange(page, 1));

    private string Range(FallocateStatement f) => $"{File(f.File)}, {geometry.Offset(f.Pages.First, 0)}, {geometry.Size(f.Pages)}";

    private string Range(FallocateStatement f, string flags) =>
        $"{File(f.File)}, {flags}, {geometry.Offset(f.Pages.First, 0)}, {geometry.Size(f.Pages)}";

    private static string Flags(FallocateMode mode) => mode switch
    {
        FallocateMode.PunchHole => "FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE",
        FallocateMode.ZeroRange => "FALLOC_FL_ZERO_RANGE",
        _ => "0",
    };

    private string Signal(int map) => ObservedSet.SignalOf(test, map) switch
    {
        true => "BUS",
        false => "SEGV",
        null => "0",
    };

    /// <summary>A mapping's address and length: two arguments.</summary>
    public string Whole(int map)
    {
        (int first, int count) = Pages(map);
        return $"{geometry.Address(Map(map).Name, new PageIndex(first, null), 0)}, {Geometry.Bytes(geometry.Length(first, count))}";
    }

    /// <summary>The pages of its file that a mapping has.</summary>
    public (int First, int Count) Pages(int map)
    {
        MapDeclaration it = Map(map);
        return (it.FirstPage, it.MappedPages > 0 ? it.MappedPages : test.Files[it.File].PageCount - it.FirstPage);
    }

    private string Address(Place place) => geometry.Address(Map(place.Object).Name, place.Page, place.Word);

    private string Offset(Place place) => geometry.Offset(place.Page, place.Word);

    private MapDeclaration Map(int map) => test.Maps[map];

    private string File(int file) => $"file_{test.Files[file].Name}[i]";

    private static string Operand(Operand value) => value.Register is { } register ? $"r{register}" : value.Value.ToString();

    private string Text(Statement statement) => CText.Literal(LitmusPrinter.Print(test, statement));
}
