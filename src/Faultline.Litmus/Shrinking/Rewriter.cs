using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;

namespace Faultline.Litmus.Shrinking;

/// <summary>
/// Writes threads and conditions anew with other numbers. A statement about something that is gone goes, too; a condition about it has
/// no meaning, and there is no such test.
/// </summary>
internal sealed class Rewriter(Renumbering to)
{
    public ThreadDeclaration Thread(ThreadDeclaration thread, int number) => thread with { Name = $"P{number}", Body = Body(thread.Body) };

    public Condition? Condition(Condition condition) =>
        Proposition(condition.Proposition) is { } proposition ? condition with { Proposition = proposition } : null;

    public Observable? Observable(Observable observable) => observable switch
    {
        RegisterValue it => to.Thread(it.Thread) is >= 0 and var t ? it with { Thread = t } : null,
        FaultCount it => to.Thread(it.Thread) is >= 0 and var t ? it with { Thread = t } : null,
        SigbusEvent it => to.Thread(it.Thread) is >= 0 and var t ? it with { Thread = t } : null,
        SigsegvEvent it => to.Thread(it.Thread) is >= 0 and var t ? it with { Thread = t } : null,
        _ => OfMap(observable) ?? OfFile(observable) ?? (observable is WarnEvent or BugEvent or ReachEvent or HangEvent or CrashedEvent ? observable : null),
    };

    private Observable? OfMap(Observable observable) => observable switch
    {
        MapWord it when to.Map(it.Map) is >= 0 and var m => new MapWord(m, to.MapName(it.Map), to.PageOfMap(it.Map, it.Page), it.Word),
        PteContents it when to.Map(it.Map) is >= 0 and var m => new PteContents(m, to.MapName(it.Map), to.PageOfMap(it.Map, it.Page)),
        PteWritable it when to.Map(it.Map) is >= 0 and var m => new PteWritable(m, to.MapName(it.Map), to.PageOfMap(it.Map, it.Page)),
        PteDirty it when to.Map(it.Map) is >= 0 and var m => new PteDirty(m, to.MapName(it.Map), to.PageOfMap(it.Map, it.Page)),
        PmdContents it when to.Map(it.Map) is >= 0 and var m => new PmdContents(m, to.MapName(it.Map), to.PageOfMap(it.Map, it.Page)),
        _ => null,
    };

    private Observable? OfFile(Observable observable) => observable switch
    {
        FileWord it when to.File(it.File) is >= 0 and var f => new FileWord(f, to.FileName(it.File), to.PageOfFile(it.File, it.Page), it.Word),
        FileSize it when to.File(it.File) is >= 0 and var f => new FileSize(f, to.FileName(it.File)),
        DurableSize it when to.File(it.File) is >= 0 and var f => new DurableSize(f, to.FileName(it.File)),
        DurableWord it when to.File(it.File) is >= 0 and var f =>
            new DurableWord(f, to.FileName(it.File), to.PageOfFile(it.File, it.Page), it.Word),
        EntryContents it when to.File(it.File) is >= 0 and var f => new EntryContents(f, to.FileName(it.File), to.PageOfFile(it.File, it.Page)),
        EntryDirty it when to.File(it.File) is >= 0 and var f => new EntryDirty(f, to.FileName(it.File), to.PageOfFile(it.File, it.Page)),
        EntryHuge it when to.File(it.File) is >= 0 and var f => new EntryHuge(f, to.FileName(it.File), to.PageOfFile(it.File, it.Page)),
        ExtentContents it when to.File(it.File) is >= 0 and var f => new ExtentContents(f, to.FileName(it.File), to.PageOfFile(it.File, it.Page)),
        _ => null,
    };

    private Proposition? Proposition(Proposition proposition) => proposition switch
    {
        Atom atom => Observable(atom.Observable) is { } observable ? atom with { Observable = observable } : null,
        Not not => Proposition(not.Operand) is { } operand ? new Not(operand) : null,
        And and => All(and.Operands) is { } operands ? new And(operands) : null,
        Or or => All(or.Operands) is { } operands ? new Or(operands) : null,
        _ => proposition,
    };

    private List<Proposition>? All(IEnumerable<Proposition> operands)
    {
        List<Proposition?> rewritten = [.. operands.Select(Proposition)];
        return rewritten.Contains(null) ? null : [.. rewritten.Select(p => p!)];
    }

    private List<Statement> Body(IEnumerable<Statement> body) =>
        [.. body.Select(Statement).OfType<Statement>().Where(s => s is not RepeatStatement { Body.Count: 0 })];

    private Statement? Statement(Statement statement) => statement switch
    {
        RepeatStatement it => it with { Body = Body(it.Body) },
        ForkStatement it => to.Thread(it.Thread) is >= 0 and var t ? it with { Thread = t } : null,
        DropCachesStatement or SfenceStatement or CrashStatement => statement,
        ReflinkStatement it => Reflink(it),
        ReadStatement it => File(it.Source) is { } place ? it with { Source = place } : null,
        WriteStatement it => File(it.Target) is { } place ? it with { Target = place } : null,
        FsyncStatement it => to.File(it.File) is >= 0 and var f ? it with { File = f } : null,
        TruncateStatement it => to.File(it.File) is >= 0 and var f ? it with { File = f, Size = Size(it) } : null,
        FallocateStatement it => to.File(it.File) is >= 0 and var f ? it with { File = f, Pages = to.Pages(it.File, it.Pages) } : null,
        _ => OfMap(statement),
    };

    private Statement? OfMap(Statement statement) => statement switch
    {
        LoadStatement it => Map(it.Source) is { } place ? it with { Source = place } : null,
        StoreStatement it => Map(it.Target) is { } place ? it with { Target = place } : null,
        DirectReadStatement it => Map(it.Target) is { } place ? it with { Target = place } : null,
        ClwbStatement it => Map(it.Target) is { } place ? it with { Target = place } : null,
        DontNeedStatement it => to.Map(it.Map) is >= 0 and var m
            ? it with { Map = m, Page = it.Page is { } page ? to.PageOfMap(it.Map, page) : null }
            : null,
        HwPoisonStatement it => to.Map(it.Map) is >= 0 and var m ? it with { Map = m, Page = to.PageOfMap(it.Map, it.Page) } : null,
        MsyncStatement it => to.Map(it.Map) is >= 0 and var m ? it with { Map = m } : null,
        MunmapStatement it => to.Map(it.Map) is >= 0 and var m ? it with { Map = m } : null,
        MprotectStatement it => to.Map(it.Map) is >= 0 and var m ? it with { Map = m } : null,
        _ => throw new ArgumentOutOfRangeException(nameof(statement)),
    };

    private ReflinkStatement? Reflink(ReflinkStatement it) => (to.File(it.Source), to.File(it.Target)) is ( >= 0 and var source, >= 0 and var target)
        ? it with { Source = source, SourcePages = to.Pages(it.Source, it.SourcePages), Target = target, TargetPages = to.Pages(it.Target, it.TargetPages) }
        : null;

    // A size is the number of the page behind the last.
    private int Size(TruncateStatement it) => it.Size == 0 ? 0 : to.PageOfFile(it.File, it.Size - 1) + 1;

    private Place? Map(Place place) =>
        to.Map(place.Object) is >= 0 and var m ? place with { Object = m, Page = to.PageOfMap(place.Object, place.Page) } : null;

    private Place? File(Place place) =>
        to.File(place.Object) is >= 0 and var f ? place with { Object = f, Page = to.PageOfFile(place.Object, place.Page) } : null;
}
