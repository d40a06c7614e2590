using Faultline.Kernel.Programs;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Shrinking;

/// <summary>How large a test is: first what costs a reader and a search most. A smaller test is one whose first difference is less.</summary>
public static class TestSize
{
    /// <summary>Is one test smaller than another?</summary>
    public static bool IsSmaller(LitmusTest test, LitmusTest than) => Of(test).AsSpan().SequenceCompareTo(Of(than)) < 0;

    /// <summary>Instructions, loops unrolled.</summary>
    public static long Instructions(LitmusTest test) => test.Threads.Sum(t => Unrolled(t.Body));

    /// <summary>Pages of all files.</summary>
    public static int Pages(LitmusTest test) => test.Files.Sum(f => f.PageCount);

    private static long[] Of(LitmusTest test) =>
    [
        test.Threads.Count,
        test.Statements.Count(),
        Instructions(test),
        test.Files.Count + test.Maps.Count + test.Processes.Count,
        Pages(test),
        test.Statements.Sum(Range),
        test.Maps.Sum(Attributes) + (test.IsMountedReadOnly ? 1 : 0),
        test.Statements.Sum(Words) + test.Files.Sum(f => f.Runs.Sum(r => r.Count * (long)r.Page.Words.Count)),
        test.Statements.Count(CopiesRegister),
        test.Statements.Sum(Value) + test.Files.Sum(f => f.Runs.Sum(r => r.Count * r.Page.Words.Sum(Weight))),
    ];

    private static long Unrolled(IEnumerable<Statement> body) =>
        body.Sum(s => s is RepeatStatement loop ? loop.Count * Unrolled(loop.Body) : 1);

    private static long Range(Statement statement) => statement switch
    {
        FallocateStatement allocate => allocate.Pages.Count,
        ReflinkStatement link => link.SourcePages.Count,
        _ => 0,
    };

    private static int Attributes(MapDeclaration map) =>
        (map.IsSync ? 1 : 0) + (map.MappedPages > 0 ? 1 : 0) + (map.Alignment != Alignment.BasePages ? 1 : 0) + (map.Process != Vocabulary.Main ? 1 : 0);

    private static long Words(Statement statement) => statement switch
    {
        LoadStatement load => Words(load.Source),
        StoreStatement store => Words(store.Target),
        ReadStatement read => Words(read.Source) + read.RegisterCount - 1,
        WriteStatement write => Words(write.Target),
        DirectReadStatement read => Words(read.Target),
        ClwbStatement clwb => Words(clwb.Target),
        _ => 0,
    };

    private static long Words(Place place) => Math.Max(place.Word, 0);

    private static bool CopiesRegister(Statement statement) => statement switch
    {
        StoreStatement store => store.Value.Register is not null,
        WriteStatement write => write.Value.Register is not null,
        _ => false,
    };

    private static long Value(Statement statement) => statement switch
    {
        StoreStatement store => Weight(store.Value.Value),
        WriteStatement write => Weight(write.Value.Value),
        DirectReadStatement read => Weight(read.Value),
        TruncateStatement truncate => truncate.Size,
        _ => 0,
    };

    private static long Weight(int value) => value >= 0 ? value : 1 - (long)value;
}
