namespace Faultline.Engine.Tests.Programs;

/// <summary>
/// Says what a random program may do, over immutable strings (one character per word, lock field and program counter). Written from
/// the meaning of the operations; shares no code with the engine. Steps are single operations (<see cref="Next"/>) or whole
/// stretches as Lipton's rule forms them (<see cref="NextStretch"/>).
/// </summary>
public sealed class Interpreter(SmallProgram program)
{
    private const int MutexOwner = 3;
    private const int Readers = 5; // then owner and queued writers; the never-written semaphore's follow
    private const int Owner = 6;
    private const int Queued = 7;
    private const int SharedReaders = 8;
    private const int Guarded = 11;
    private const int Published = 15;
    private const int Queue = 16;
    private const int Histories = 17;

    public int Threads => program.Threads.Length;

    private int Counters => Histories + Threads;

    /// <summary>What a thread knows after it read one more value.</summary>
    public static int Note(int history, int value) => ((history * 7) + value + 1) % 997;

    /// <summary>The state before anything ran.</summary>
    public string Initial => new('\0', Counters + Threads);

    /// <summary>The state in which every thread stands before its first scheduling point.</summary>
    public string InitialStretch
    {
        get
        {
            string state = Initial;
            for (int t = 0; t < Threads; t++)
            {
                state = RunOn(state, t, committed: true);
            }

            return state;
        }
    }

    /// <summary>Every state one operation of one thread leads to.</summary>
    public IEnumerable<string> Next(string state)
    {
        for (int t = 0; t < Threads; t++)
        {
            for (int choice = 0; choice < Alternatives(state, t); choice++)
            {
                yield return Take(state, t, choice);
            }
        }
    }

    /// <summary>Every state one stretch of one thread leads to.</summary>
    public IEnumerable<string> NextStretch(string state)
    {
        for (int t = 0; t < Threads; t++)
        {
            for (int choice = 0; choice < Alternatives(state, t); choice++)
            {
                yield return TakeStretch(state, t, choice);
            }
        }
    }

    /// <summary>Runs one stretch.</summary>
    public string TakeStretch(string state, int thread, int choice)
    {
        Op op = At(state, thread)!.Value;
        string next = Take(state, thread, choice);
        return next[Counters + thread] == state[Counters + thread]
            ? next // a writer queued up
            : RunOn(next, thread, Commits(op.Kind));
    }

    public bool IsFinal(string state) => Enumerable.Range(0, Threads).All(t => Alternatives(state, t) == 0);

    public bool IsDone(string state) => Enumerable.Range(0, Threads).All(t => At(state, t) is null);

    /// <summary>How many ways the thread's next operation can go; 0 when it cannot.</summary>
    public int Alternatives(string state, int thread)
    {
        if (At(state, thread) is not { } op)
        {
            return 0;
        }

        bool semaphoreIsFree = state[Readers] == 0 && state[Owner] == 0;
        bool can = op.Kind switch
        {
            OpKind.Lock => state[MutexOwner + op.Target] == 0,
            OpKind.DownRead => state[Owner] == 0 && state[Queued] == 0,
            OpKind.DownWrite => semaphoreIsFree || (state[Queued] & (1 << thread)) == 0,
            OpKind.Sleep => !QueueOf(state).Contains((char)(thread + 1)),
            _ => true,
        };
        return !can ? 0 : op.Kind == OpKind.Choose ? 2 : 1;
    }

    // Goes on while the next operation needs no scheduling point.
    private string RunOn(string state, int thread, bool committed)
    {
        while (At(state, thread) is { } op && !NeedsPoint(op.Kind, committed))
        {
            state = Take(state, thread, 0);
            committed |= Commits(op.Kind);
        }

        return state;
    }

    private static bool NeedsPoint(OpKind kind, bool committed) => kind switch
    {
        OpKind.Lock or OpKind.DownRead or OpKind.DownWrite or OpKind.Sleep or OpKind.Choose => true,
        OpKind.Get or OpKind.Set or OpKind.Unlock or OpKind.UpRead or OpKind.UpWrite or OpKind.UpShared or OpKind.DownShared => false,
        _ => committed,
    };

    private static bool Commits(OpKind kind) => kind is not (OpKind.Lock or OpKind.DownRead or OpKind.DownWrite or OpKind.DownShared
        or OpKind.Sleep or OpKind.Get or OpKind.Set);

    private Op? At(string state, int thread)
    {
        int pc = state[Counters + thread];
        return pc < program.Threads[thread].Length ? program.Threads[thread][pc] : null;
    }

    private string Take(string before, int thread, int choice)
    {
        Op op = At(before, thread)!.Value;
        char[] state = before.ToCharArray();
        char me = (char)(thread + 1);
        char bit = (char)(1 << thread);
        state[Counters + thread]++;
        switch (op.Kind)
        {
            case OpKind.Read:
                Remember(op.Target);
                break;
            case OpKind.Get:
                Remember(Guarded + op.Target);
                break;
            case OpKind.Peek:
                Remember(Published);
                break;
            case OpKind.Choose:
                state[Histories + thread] = (char)Note(state[Histories + thread], choice);
                break;
            case OpKind.Write:
                state[op.Target] = (char)op.Value;
                break;
            case OpKind.WriteHistory:
                state[op.Target] = state[Histories + thread];
                break;
            case OpKind.Set:
                state[Guarded + op.Target] = (char)op.Value;
                break;
            case OpKind.Publish:
                state[Published] = (char)op.Value;
                break;
            case OpKind.Lock:
                state[MutexOwner + op.Target] = me;
                break;
            case OpKind.Unlock:
                state[MutexOwner + op.Target] = '\0';
                break;
            case OpKind.DownRead:
                state[Readers] |= bit;
                break;
            case OpKind.UpRead:
                state[Readers] ^= bit;
                break;
            case OpKind.DownShared:
                state[SharedReaders] |= bit;
                break;
            case OpKind.UpShared:
                state[SharedReaders] ^= bit;
                break;
            case OpKind.DownWrite when state[Readers] != 0 || state[Owner] != 0:
                state[Queued] |= bit;
                state[Counters + thread]--;
                break;
            case OpKind.DownWrite:
                state[Owner] = me;
                state[Queued] &= (char)~bit;
                break;
            case OpKind.UpWrite:
                state[Owner] = '\0';
                break;
            case OpKind.Enqueue:
                SetQueue(QueueOf(before) + me);
                break;
            case OpKind.WakeOne:
                SetQueue(string.Concat(QueueOf(before).Skip(1)));
                break;
            case OpKind.WakeAll:
                SetQueue("");
                break;
        }

        return new string(state);

        void Remember(int word) => state[Histories + thread] = (char)Note(state[Histories + thread], state[word]);

        void SetQueue(string waiting) =>
            state[Queue] = (char)waiting.Select((c, i) => c << (4 * i)).Sum();
    }

    // The longest waiter first.
    private static string QueueOf(string state)
    {
        string waiting = "";
        for (int rest = state[Queue]; rest != 0; rest >>= 4)
        {
            waiting += (char)(rest & 0xf);
        }

        return waiting;
    }
}
