using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Faultline.Engine.Coroutines;

/// <summary>
/// The return type of a model coroutine without a result: <c>async Call F(...)</c>. Its suspended frame is raw bytes in the state
/// vector, so a thread's call stack is copied, hashed and resumed with the state.
/// </summary>
[AsyncMethodBuilder(typeof(CallBuilder))]
public readonly struct Call(bool done)
{
    /// <summary>Lets a coroutine await another: the callee's frame lies above the caller's.</summary>
    public CallAwaiter GetAwaiter() => new(done);
}

/// <summary>The return type of a model coroutine with a result of at most 8 bytes: <c>async Call&lt;VmFault&gt; F(...)</c>.</summary>
[AsyncMethodBuilder(typeof(CallBuilder<>))]
public readonly struct Call<T>(T value, bool done)
    where T : unmanaged
{
    /// <summary>Lets a coroutine await another: the callee's frame lies above the caller's.</summary>
    public CallAwaiter<T> GetAwaiter() => new(value, done);
}

/// <summary>Awaiter of <see cref="Call"/>.</summary>
public readonly struct CallAwaiter(bool done) : IStep
{
    /// <summary>True when the callee ran to its end without a scheduling point.</summary>
    public bool IsCompleted => done;

    /// <summary>Nothing to take: the callee has returned.</summary>
    public void GetResult()
    {
    }
}

/// <summary>Awaiter of <see cref="Call{T}"/>.</summary>
public readonly struct CallAwaiter<T>(T value, bool done) : IStep
    where T : unmanaged
{
    /// <summary>True when the callee ran to its end without a scheduling point.</summary>
    public bool IsCompleted => done;

    /// <summary>The callee's result.</summary>
    public T GetResult() => done ? value : Execution.Current.TakeResult<T>();
}

/// <summary>Keeps a suspended coroutine's frame in the state vector. Used by the compiler only.</summary>
public struct CallBuilder
{
    private bool suspended;
    private bool inSection;

    /// <summary>A fresh builder.</summary>
    public static CallBuilder Create() => default;

    /// <summary>What the caller awaits.</summary>
    public readonly Call Task => new(!suspended);

    /// <summary>Runs the coroutine up to its first scheduling point.</summary>
    public void Start<TFrame>(ref TFrame frame)
        where TFrame : IAsyncStateMachine
    {
        FrameTypes.Check<TFrame>();
        Execution execution = Execution.Current;
        execution.Recorder?.Enter(FrameType<TFrame>.Id);
        if (execution.MustEnterSection(FrameType<TFrame>.Id))
        {
            inSection = true; // this builder is a field of the frame: set it before the frame is copied
            suspended = !execution.TryEnterSection();
            if (suspended)
            {
                execution.WaitForSection(ref frame);
                return;
            }
        }

        frame.MoveNext();
    }

    /// <summary>Never boxed.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>The coroutine returned.</summary>
    public readonly void SetResult()
    {
        Execution execution = Execution.Current;
        if (inSection)
        {
            execution.LeaveSection();
        }

        execution.OnReturn(suspended);
    }

    /// <summary>A defect of the model: let it reach the search at once.</summary>
    public readonly void SetException(Exception exception) => ExceptionDispatchInfo.Throw(exception);

    /// <summary>Suspends.</summary>
    public void AwaitOnCompleted<TAwaiter, TFrame>(ref TAwaiter awaiter, ref TFrame frame)
        where TAwaiter : INotifyCompletion
        where TFrame : IAsyncStateMachine => Suspend(ref frame);

    /// <summary>Suspends.</summary>
    public void AwaitUnsafeOnCompleted<TAwaiter, TFrame>(ref TAwaiter awaiter, ref TFrame frame)
        where TAwaiter : ICriticalNotifyCompletion
        where TFrame : IAsyncStateMachine => Suspend(ref frame);

    private void Suspend<TFrame>(ref TFrame frame)
        where TFrame : IAsyncStateMachine
    {
        if (suspended)
        {
            return; // the frame already lies in the vector and was resumed in place
        }

        suspended = true; // this builder is a field of the frame: set it before the frame is copied
        Execution.Current.PushFrame(ref frame);
    }
}

/// <summary>Keeps a suspended coroutine's frame in the state vector. Used by the compiler only.</summary>
public struct CallBuilder<T>
    where T : unmanaged
{
    private bool suspended;
    private bool inSection;
    private T result;

    /// <summary>A fresh builder.</summary>
    public static CallBuilder<T> Create() => default;

    /// <summary>What the caller awaits.</summary>
    public readonly Call<T> Task => new(result, !suspended);

    /// <summary>Runs the coroutine up to its first scheduling point.</summary>
    public void Start<TFrame>(ref TFrame stateMachine)
        where TFrame : IAsyncStateMachine
    {
        FrameTypes.Check<TFrame>();
        FrameTypes.CheckResult<TFrame, T>();
        Execution execution = Execution.Current;
        execution.Recorder?.Enter(FrameType<TFrame>.Id);
        if (execution.MustEnterSection(FrameType<TFrame>.Id))
        {
            inSection = true; // this builder is a field of the frame: set it before the frame is copied
            suspended = !execution.TryEnterSection();
            if (suspended)
            {
                execution.WaitForSection(ref stateMachine);
                return;
            }
        }

        stateMachine.MoveNext();
    }

    /// <summary>Never boxed.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>The coroutine returned a value.</summary>
    public void SetResult(T value)
    {
        var execution = Execution.Current;
        if (suspended)
        {
            execution.SetResult(value);
        }
        else
        {
            result = value;
        }

        if (inSection)
        {
            execution.LeaveSection();
        }

        execution.OnReturn(suspended);
    }

    /// <summary>A defect of the model: let it reach the search at once.</summary>
    public readonly void SetException(Exception exception) => ExceptionDispatchInfo.Throw(exception);

    /// <summary>Suspends.</summary>
    public void AwaitOnCompleted<TAwaiter, TFrame>(ref TAwaiter awaiter, ref TFrame stateMachine)
        where TAwaiter : INotifyCompletion
        where TFrame : IAsyncStateMachine => Suspend(ref stateMachine);

    /// <summary>Suspends.</summary>
    public void AwaitUnsafeOnCompleted<TAwaiter, TFrame>(ref TAwaiter awaiter, ref TFrame stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TFrame : IAsyncStateMachine => Suspend(ref stateMachine);

    private void Suspend<TFrame>(ref TFrame stateMachine)
        where TFrame : IAsyncStateMachine
    {
        if (suspended)
        {
            return;
        }

        suspended = true;
        Execution.Current.PushFrame(ref stateMachine);
    }
}
