using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine.Tests.Programs;

/// <summary>
/// A random program run by the engine: an ordinary coroutine for each thread, with calls that return values of several sizes so
/// that frames of several kinds lie on the stacks.
/// </summary>
public class ProgramModel : SmallModel
{
    private const int Visible = 0;
    private const int Mutexes = 3;
    private const int Sem = 5;
    private const int SharedSem = 6;
    private const int Guarded = 7; // guarded by mutex 0, mutex 1, the semaphore, the semaphore that nobody writes
    private const int Published = 11;
    private const int Queue = 12;
    private const int Histories = 13;
    private readonly int counters;

    public ProgramModel(SmallProgram program)
        : base(program.Threads.Length)
    {
        Program = program;
        Layout.Add("v", SmallProgram.VisibleWords, WordKind.Visible);
        Layout.AddLock("m", "m", count: SmallProgram.Mutexes);
        Layout.AddLock("sem", "sem");
        Layout.AddLock("shared", "shared", neverWritten: true);
        Layout.Add("g0", 1, WordKind.Guarded, Mutexes);
        Layout.Add("g1", 1, WordKind.Guarded, Mutexes + 1);
        Layout.Add("g2", 1, WordKind.Guarded, Sem);
        Layout.Add("g3", 1, WordKind.Guarded, SharedSem);
        Layout.Add("p", 1, WordKind.GuardedWithLocklessReaders, Mutexes);
        Layout.Add("queue", 1, WordKind.Synchronisation);
        Layout.Add("history", Threads, WordKind.Private);
        counters = Layout.Add("pc", Threads, WordKind.Private);
        for (int thread = 0; thread < Threads; thread++)
        {
            Layout.AddOwned(thread, Histories + thread, 1);
            Layout.AddOwned(thread, counters + thread, 1);
        }
    }

    public SmallProgram Program { get; }

    /// <summary>Threads with the same operations.</summary>
    public override IReadOnlyList<IReadOnlyList<int>> Interchangeable =>
        [.. Enumerable.Range(0, Threads).GroupBy(t => string.Join(' ', Program.Threads[t])).Select(g => g.ToList())];

    public override Call Start(int thread) => Body();

    /// <summary>A state as the interpreter spells it.</summary>
    public string Spell(Execution execution)
    {
        var text = new List<int>();
        for (int i = 0; i < SmallProgram.VisibleWords; i++)
        {
            text.Add(execution.Word(Visible + i));
        }

        for (int i = 0; i < SmallProgram.Mutexes; i++)
        {
            text.Add(execution.Word(Mutexes + i) >> 8);
        }

        foreach (int sem in new[] { Sem, SharedSem })
        {
            int value = execution.Word(sem);
            text.AddRange([value & 0xff, (value >> 8) & 0xf, value >> 16]);
        }

        for (int i = Guarded; i < Histories + (2 * Threads); i++)
        {
            text.Add(execution.Word(i));
        }

        return string.Concat(text.Select(v => (char)v));
    }

    private static int Me => Execution.Current.Me;

    private static Op OpAt(int pc) => ((ProgramModel)Execution.Current.Model).Program.Threads[Me][pc];

    private static int Length => ((ProgramModel)Execution.Current.Model).Program.Threads[Me].Length;

    private static Word<int> History => new(Histories + Me);

    private static Word<int> Counter => new(((ProgramModel)Execution.Current.Model).counters + Me);

    private static void Note(int value) =>
        History.Set(Interpreter.Note(History.Get(), value));

    private static async Call Body()
    {
        for (int pc = 0; pc < Length; pc++)
        {
            switch (OpAt(pc).Kind)
            {
                case OpKind.Read:
                    Note(await Read(OpAt(pc).Target));
                    break;
                case OpKind.Write:
                    await new Word<int>(OpAt(pc).Target).Write(OpAt(pc).Value);
                    break;
                case OpKind.WriteHistory:
                    await new Word<int>(OpAt(pc).Target).Write(History.Raw);
                    break;
                case OpKind.Peek:
                    Note((int)await Peek());
                    break;
                case OpKind.Publish:
                    await new Word<int>(Published).Write(OpAt(pc).Value);
                    break;
                case OpKind.Choose:
                    Note(await Choose() ? 1 : 0);
                    break;
                case OpKind.Get:
                    Note(new Word<int>(Guarded + OpAt(pc).Target).Get());
                    break;
                case OpKind.Set:
                    new Word<int>(Guarded + OpAt(pc).Target).Set(OpAt(pc).Value);
                    break;
                case OpKind.SpinUntil:
                    while (await Read(OpAt(pc).Target) != OpAt(pc).Value)
                    {
                    }

                    break;
                case OpKind.Enqueue:
                    await new WaitQueue(Queue).PrepareToWaitExclusive();
                    break;
                case OpKind.Sleep:
                    await new WaitQueue(Queue).Sleep();
                    break;
                case OpKind.WakeOne:
                    await new WaitQueue(Queue).WakeOne();
                    break;
                case OpKind.WakeAll:
                    await new WaitQueue(Queue).WakeAll();
                    break;
                default:
                    await LockOp(OpAt(pc).Kind, OpAt(pc).Target);
                    break;
            }

            Word<int> counter = Counter;
            counter.Raw = pc + 1;
        }
    }

    private static async Call LockOp(OpKind kind, int target)
    {
        switch (kind)
        {
            case OpKind.Lock:
                await new Mutex(Mutexes + target).Lock();
                break;
            case OpKind.Unlock:
                new Mutex(Mutexes + target).Unlock();
                break;
            case OpKind.DownRead:
                await new RwSem(Sem).DownRead();
                break;
            case OpKind.DownWrite:
                await new RwSem(Sem).DownWrite();
                break;
            case OpKind.UpRead:
                new RwSem(Sem).UpRead();
                break;
            case OpKind.UpWrite:
                new RwSem(Sem).UpWrite();
                break;
            case OpKind.DownShared:
                await new RwSem(SharedSem).DownRead();
                break;
            default:
                new RwSem(SharedSem).UpRead();
                break;
        }
    }

    private static async Call<int> Read(int word) => await new Word<int>(word).ReadOnce();

    private static async Call<long> Peek() => await new Word<int>(Published).ReadOnce();

    private static async Call<bool> Choose() => await new AccessStep(Visible, alternatives: 2) == 1;
}
