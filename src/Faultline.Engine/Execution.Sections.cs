using System.Runtime.CompilerServices;
using Faultline.Engine.Coroutines;
using Faultline.Engine.State;
using Faultline.Engine.Sync;

namespace Faultline.Engine;

/// <summary>The lock of <see cref="ExclusiveSections"/>: taken before a function begins, released when it returns.</summary>
public sealed unsafe partial class Execution
{
    /// <summary>True when the lock must be taken before a function with this type of frame begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool MustEnterSection(int frameId) => Layout.Sections is { } sections && MustEnter(sections, frameId);

    /// <summary>Takes the lock at once, if nothing can come between.</summary>
    internal bool TryEnterSection()
    {
        int word = Layout.Sections!.LockWord;
        bool atOnce = TakesAtOnce(word, StepKind.Lock);
        if (atOnce)
        {
            Acquire(word, StepKind.Lock);
        }

        return atOnce;
    }

    /// <summary>Suspends before a function begins: its frame, not begun, waits for the lock.</summary>
    internal void WaitForSection<TFrame>(ref TFrame frame)
        where TFrame : IAsyncStateMachine
    {
        PushFrame(ref frame);
        int* trailer = (int*)(pushBuffer + pushedBytes - FrameTrailer);
        trailer[0] = WaitingFrame<TFrame>.Id;
        Suspend(StepKind.Lock, Layout.Sections!.LockWord);
    }

    /// <summary>The wait is over: takes the lock.</summary>
    internal void EnterSection() => Acquire(Layout.Sections!.LockWord, StepKind.Lock);

    /// <summary>The function returns.</summary>
    internal void LeaveSection() => Release(Layout.Sections!.LockWord, shared: false);

    private bool MustEnter(ExclusiveSections sections, int frameId) => sections.Covers(frameId) && !Owns(sections.LockWord);
}
